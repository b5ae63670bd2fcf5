import { createHash } from 'node:crypto';
import type { MetricName } from '../../metrics/definitions.ts';
import type { Labels, Observation } from '../../metrics/observe.ts';
import { type Exemplar, type Series, SeriesBook } from '../../metrics/series.ts';
import type { Database, Row } from './database.ts';

/**
 * The cumulative state of callspan's numbers, changed only in the transaction that records the delivery that
 * changes it: so each conversation counts once, across crashes, retries and repairs.
 */
export class Numbers {
  readonly #database: Database;
  #book: SeriesBook | undefined;
  readonly #changed = new Set<Series>();

  constructor(database: Database) {
    this.#database = database;
  }

  /** Every series that was ever counted. */
  get series(): Iterable<Series> {
    return this.#current().all;
  }

  /** Adds what one conversation was observed to be. Only in the transaction that records its delivery, before `save`. */
  add(observations: readonly Observation[], at: number): void {
    for (const series of this.#current().add(observations, at)) this.#changed.add(series);
  }

  /** Writes what `add` has changed, each series once however many conversations changed it. In the same transaction. */
  save(): void {
    for (const series of this.#changed) this.#save(series);
    this.#changed.clear();
  }

  /** After a transaction that failed: what was added in memory is not in the ledger. */
  forget(): void {
    this.#book = undefined;
    this.#changed.clear();
  }

  /** Whether a conversation was counted whose row retention has removed. */
  wasCounted(source: number, conversation: string): boolean {
    return (
      this.#database.get(
        'SELECT 1 FROM counted WHERE source = ? AND hash = ?',
        source,
        hash(conversation),
      ) !== undefined
    );
  }

  /** Keeps of a conversation only that it was counted. */
  remember(source: number, conversation: string): void {
    this.#database.run(
      'INSERT INTO counted VALUES (?, ?) ON CONFLICT DO NOTHING',
      source,
      hash(conversation),
    );
  }

  #current(): SeriesBook {
    this.#book ??= new SeriesBook(this.#database.all('SELECT * FROM series').map(toSeries));
    return this.#book;
  }

  #save({ key, metric, labels, start, count, sum, buckets, exemplars }: Series): void {
    this.#database.run(
      `INSERT INTO series VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
         count = excluded.count, sum = excluded.sum, buckets = excluded.buckets, exemplars = excluded.exemplars`,
      ...[key, metric, JSON.stringify(labels), start, Number(count), String(sum)],
      ...[JSON.stringify(buckets), JSON.stringify(exemplars)],
    );
  }
}

/** Eight bytes: with ten million conversations two share them with a chance of one in 370,000. */
function hash(conversation: string): Uint8Array {
  return createHash('sha256').update(conversation).digest().subarray(0, 8);
}

function toSeries(row: Row): Series {
  return {
    key: String(row.key),
    metric: String(row.metric) as MetricName,
    labels: JSON.parse(String(row.labels)) as Labels,
    start: Number(row.start),
    count: BigInt(Number(row.count)),
    sum: BigInt(String(row.sum)),
    buckets: JSON.parse(String(row.buckets)) as number[],
    exemplars: JSON.parse(String(row.exemplars)) as (Exemplar | null)[],
  };
}
