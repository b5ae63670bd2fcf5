import { createHash } from 'node:crypto';
import type { MetricName } from '../../metrics/definitions.ts';
import type { Labels, Observation } from '../../metrics/observe.ts';
import { type Exemplar, type Series, SeriesBook } from '../../metrics/series.ts';
import { checksum, verify } from './checksum.ts';
import type { Database, Row, Value } from './database.ts';

/**
 * The cumulative state of callspan's metrics, changed only in the transaction that records the delivery that
 * changes it: so each conversation counts once, across crashes, retries and repairs.
 */
export class SeriesRows {
  readonly #database: Database;
  #book: SeriesBook | undefined;
  readonly #changed = new Set<Series>();

  constructor(database: Database) {
    this.#database = database;
  }

  /** Every series that was ever counted. @throws LedgerError where one is not what was written. */
  get all(): Iterable<Series> {
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

  /** Forgets every series that has this label. Only in a transaction. */
  remove(label: string, value: string): void {
    for (const { key, labels } of this.#current().all) {
      if (labels[label] === value) this.#database.run('DELETE FROM series WHERE key = ?', key);
    }
    this.forget();
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
    this.#book ??= new SeriesBook(this.#load());
    return this.#book;
  }

  #load(): Series[] {
    const rows = this.#database.all('SELECT *, CAST(count AS TEXT) AS counted FROM series');
    return rows.map((row) => {
      verify(this.#database.file.name, 'series', row);
      return toSeries(row);
    });
  }

  #save(series: Series): void {
    const values = seriesValues(series);
    this.#database.run(
      `INSERT INTO series (key, metric, labels, start, count, sum, buckets, exemplars, checksum)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET count = excluded.count, sum = excluded.sum,
         buckets = excluded.buckets, exemplars = excluded.exemplars, checksum = excluded.checksum`,
      ...values,
      checksum(values),
    );
  }
}

/** Eight bytes: with ten million conversations two share them with a chance of one in 370,000. */
export const COUNTED_BYTES = 8;

function hash(conversation: string): Uint8Array {
  return createHash('sha256').update(conversation).digest().subarray(0, COUNTED_BYTES);
}

/** In the order of the columns, which is that of the checksum. */
export function seriesValues({
  key,
  metric,
  labels,
  start,
  count,
  sum,
  buckets,
  exemplars,
}: Series): Value[] {
  return [
    ...[key, metric, JSON.stringify(labels), start, count, String(sum)],
    ...[JSON.stringify(buckets), JSON.stringify(exemplars)],
  ];
}

function toSeries(row: Row): Series {
  return {
    key: String(row.key),
    metric: String(row.metric) as MetricName,
    labels: JSON.parse(String(row.labels)) as Labels,
    start: Number(row.start),
    count: BigInt(String(row.counted)),
    sum: BigInt(String(row.sum)),
    buckets: JSON.parse(String(row.buckets)) as number[],
    exemplars: JSON.parse(String(row.exemplars)) as (Exemplar | null)[],
  };
}
