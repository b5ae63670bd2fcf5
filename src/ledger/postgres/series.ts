import type { MetricName } from '../../metrics/definitions.ts';
import type { Labels, Observation } from '../../metrics/observe.ts';
import { type Exemplar, type Series, SeriesBook } from '../../metrics/series.ts';
import type { Database, Query, Row } from './database.ts';
import { hash } from './value.ts';

/**
 * The cumulative state of callspan's metrics, changed only in the transaction that records the delivery that changes
 * it: so each conversation counts once, across crashes, retries and repairs. Only who holds the ledger writes it, so
 * the book in memory is what is written, absolutely.
 */
export class SeriesRows {
  readonly #database: Database;
  #book: SeriesBook | undefined;
  readonly #changed = new Set<Series>();

  constructor(database: Database) {
    this.#database = database;
  }

  /** Every series that was ever counted, as it is on the server. */
  async all(): Promise<Series[]> {
    return (await this.#database.all('SELECT * FROM series')).map(toSeries);
  }

  /** Adds what one conversation was observed to be. Only in the transaction that records its delivery, before `save`. */
  async add(query: Query, observations: readonly Observation[], at: number): Promise<void> {
    this.#book ??= new SeriesBook((await query('SELECT * FROM series')).map(toSeries));
    for (const series of this.#book.add(observations, at)) this.#changed.add(series);
  }

  /** Writes what `add` has changed, in one statement, in the order of the keys. In the same transaction. */
  async save(query: Query): Promise<void> {
    if (this.#changed.size === 0) return;
    const rows = [...this.#changed].sort((one, other) => (one.key < other.key ? -1 : 1));
    await query(
      `INSERT INTO series (key, metric, labels, start, count, sum, buckets, exemplars)
       SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::numeric[], $6::numeric[], $7::text[], $8::text[])
       ON CONFLICT (key) DO UPDATE SET count = excluded.count, sum = excluded.sum, buckets = excluded.buckets,
         exemplars = excluded.exemplars`,
      [
        rows.map(({ key }) => key),
        rows.map(({ metric }) => metric),
        rows.map(({ labels }) => JSON.stringify(labels)),
        rows.map(({ start }) => Math.round(start)),
        rows.map(({ count }) => String(count)),
        rows.map(({ sum }) => String(sum)),
        rows.map(({ buckets }) => JSON.stringify(buckets)),
        rows.map(({ exemplars }) => JSON.stringify(exemplars)),
      ],
    );
    this.#changed.clear();
  }

  /** Forgets every series that has this label. Only in a transaction. */
  async remove(query: Query, label: string, value: string): Promise<void> {
    for (const { key, labels } of (await query('SELECT * FROM series')).map(toSeries)) {
      if (labels[label] === value) await query('DELETE FROM series WHERE key = $1', [key]);
    }
    this.forget();
  }

  /** After a transaction that failed, or of which nobody knows: what was added in memory may not be in the ledger. */
  forget(): void {
    this.#book = undefined;
    this.#changed.clear();
  }

  /** Which of these were counted and are not known by a row any more. */
  async countedAmong(query: Query, source: number, ids: readonly string[]): Promise<Set<string>> {
    const hashes = new Map(ids.map((id) => [hash(id).toString('hex'), id]));
    const rows = await query('SELECT hash FROM counted WHERE source = $1 AND hash = ANY($2::bytea[])', [
      source,
      ids.map(hash),
    ]);
    return new Set(rows.flatMap((row) => hashes.get((row.hash as Buffer).toString('hex')) ?? []));
  }

  /** Keeps of conversations only that they were counted. Only in a transaction. */
  async remember(query: Query, source: number, ids: readonly string[]): Promise<void> {
    await query(
      'INSERT INTO counted SELECT $1, hash FROM unnest($2::bytea[]) AS hash ORDER BY hash ON CONFLICT DO NOTHING',
      [source, ids.map(hash)],
    );
  }
}

function toSeries(row: Row): Series {
  return {
    key: String(row.key),
    metric: String(row.metric) as MetricName,
    labels: JSON.parse(String(row.labels)) as Labels,
    start: Number(row.start),
    count: BigInt(String(row.count)),
    sum: BigInt(String(row.sum)),
    buckets: JSON.parse(String(row.buckets)) as number[],
    exemplars: JSON.parse(String(row.exemplars)) as (Exemplar | null)[],
  };
}
