import { createHash } from 'node:crypto';
import { definitionOf, type MetricName } from '../../metrics/definitions.ts';
import type { Labels, Observation } from '../../metrics/observe.ts';
import { type Exemplar, type Series, SeriesBook } from '../../metrics/series.ts';
import { literal, type Session } from './client.ts';
import type { Database } from './database.ts';
import { type Row, whole } from './values.ts';

/** Sixteen bytes of SHA-256, in SQL as {@link hashOf}. */
const HASH = (column: string) => `substring(sha256(convert_to(${column}, 'UTF8')) FOR 16)`;
const BYTES = 16;
/** As many as a ledger in a file keeps, which may have been moved here. */
const FEWER_BYTES = 8;
/** The numbers of sources begin with 1. */
const NO_SOURCE = 0;

export function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest().subarray(0, BYTES);
}

/** By which it is found that a conversation was counted, of whatever engine that was. */
export function countedHashes(id: string): readonly Buffer[] {
  const whole = hashOf(id);
  return [whole, whole.subarray(0, FEWER_BYTES)];
}

/** Whether one of these has the same beginning: by `hex` of what is kept. */
export function wasCounted(kept: ReadonlySet<string>, id: string): boolean {
  return countedHashes(id).some((hash) => kept.has(hash.toString('hex')));
}

/** The same in SQL, for an id of a source in column `id`. */
export const IS_COUNTED = (source: string, id: string) =>
  `EXISTS (SELECT 1 FROM callspan.counted AS k WHERE k.source = ${source}
     AND k.hash IN (${HASH(id)}, substring(${HASH(id)} FOR ${FEWER_BYTES})))`;

/** Merged in SQL: the sums of one part, and what is added. */
const ADDED = `count = v.count + excluded.count, sum = v.sum + excluded.sum,
  buckets = ARRAY(SELECT coalesce(a, 0) + coalesce(b, 0)
    FROM unnest(v.buckets, excluded.buckets) WITH ORDINALITY AS both_of(a, b, place) ORDER BY place),
  exemplars = ARRAY(SELECT coalesce(b, a)
    FROM unnest(v.exemplars, excluded.exemplars) WITH ORDINALITY AS both_of(a, b, place) ORDER BY place)`;

/**
 * The cumulative state of callspan's metrics. Each source has a part of its own of each series, which only its holder
 * writes: so nobody waits for anybody. What is added is added in SQL, to what is there.
 */
export class SeriesRows {
  readonly #database: Database;
  /** All series that there are, with nothing in them but what is being added. Decides what is still a series of its own. */
  #book: SeriesBook | undefined;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * What `observations` add to the series of a source, as a script for the transaction that records them. Locks rows in
   * one order, whoever it is.
   */
  async adding(
    source: number,
    lists: readonly (readonly Observation[])[],
    now: number,
    session: Session,
  ): Promise<string> {
    if (lists.every((list) => list.length === 0)) return '';
    this.#book ??= new SeriesBook((await readKeys(session)).map(emptied));
    const changed = new Set<Series>();
    for (const list of lists) for (const series of this.#book.add(list, now)) changed.add(series);
    const parts = [...changed].map((series) => ({ series, hash: hashOf(series.key) }));
    parts.sort((one, other) => Buffer.compare(one.hash, other.hash));
    const known = parts.map(
      ({ series: { key, metric, labels }, hash }) =>
        `(${literal(hash)},${literal(key)},${literal(metric)},${literal(JSON.stringify(labels))},
          floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint - 1)`,
    );
    const values = parts.map(({ series, hash }) => `(${source},${literal(hash)},${addition(series)})`);
    for (const { series } of parts) empty(series);
    return `INSERT INTO callspan.series VALUES ${known.join(',')} ON CONFLICT DO NOTHING;
      INSERT INTO callspan.series_value AS v (source, series, count, sum, buckets, exemplars)
        VALUES ${values.join(',')} ON CONFLICT (source, series) DO UPDATE SET ${ADDED};`;
  }

  /** After a transaction that failed: it may be that not all series that it knows are there. */
  forget(): void {
    this.#book = undefined;
  }

  /** Every series that was ever counted, of all sources together. */
  async all(): Promise<Series[]> {
    return toSeries((await this.#database.query(ALL_PARTS)).rows);
  }
}

/** In order of the series, so that parts of one stand together. */
export const ALL_PARTS = `SELECT s.hash, s.key, s.metric, s.labels, s.start, v.count::text, v.sum::text, v.buckets, v.exemplars
  FROM callspan.series AS s JOIN callspan.series_value AS v ON v.series = s.hash ORDER BY s.key`;

/**
 * A series of a ledger that was moved here, as a script: a part of no source's, which nobody adds to. It may be there
 * already.
 */
export function movedPart(series: Series): string {
  const { key, metric, labels, start } = series;
  const hash = literal(hashOf(key));
  return `INSERT INTO callspan.series VALUES (${hash},${literal(key)},${literal(metric)},${literal(JSON.stringify(labels))},${whole(start)})
      ON CONFLICT DO NOTHING;
    INSERT INTO callspan.series_value (source, series, count, sum, buckets, exemplars)
      VALUES (${NO_SOURCE},${hash},${addition(series)}) ON CONFLICT DO NOTHING`;
}

/** Parts as series. Of exemplars the latest is taken, wherever it is. */
export function toSeries(rows: readonly Row[]): Series[] {
  const found = new Map<string, Series>();
  for (const row of rows) {
    const part = toPart(row);
    const known = found.get(part.key);
    if (known === undefined) {
      found.set(part.key, part);
      continue;
    }
    known.count += part.count;
    known.sum += part.sum;
    for (const [place, count] of part.buckets.entries())
      known.buckets[place] = (known.buckets[place] ?? 0) + count;
    for (const [place, exemplar] of part.exemplars.entries()) {
      if (exemplar && exemplar.at >= (known.exemplars[place]?.at ?? 0)) known.exemplars[place] = exemplar;
    }
  }
  return [...found.values()];
}

function toPart(row: Row): Series {
  return {
    key: String(row.key),
    metric: String(row.metric) as MetricName,
    labels: JSON.parse(String(row.labels)) as Labels,
    start: Number(row.start),
    count: BigInt(String(row.count)),
    sum: BigInt(String(row.sum)),
    buckets: [...(row.buckets as number[])],
    exemplars: (row.exemplars as (string | null)[]).map((text) =>
      text === null ? null : (JSON.parse(text) as Exemplar),
    ),
  };
}

/** One part of a series as it is, for a row of a source. */
function addition({ count, sum, buckets, exemplars }: Series): string {
  const texts = exemplars.map((exemplar) => (exemplar === null ? null : JSON.stringify(exemplar)));
  return `${count},${sum},ARRAY[${buckets.map(whole).join(',')}]::bigint[],${literal(texts)}::text[]`;
}

async function readKeys(session: Session): Promise<Row[]> {
  return (await session.query('SELECT key, metric, labels, start FROM callspan.series')).rows;
}

function emptied(row: Row): Series {
  const metric = String(row.metric) as MetricName;
  const buckets = new Array<number>(placesOf(metric)).fill(0);
  return {
    key: String(row.key),
    metric,
    labels: JSON.parse(String(row.labels)) as Labels,
    start: Number(row.start),
    count: 0n,
    sum: 0n,
    buckets,
    exemplars: buckets.map(() => null),
  };
}

function empty(series: Series): void {
  series.count = 0n;
  series.sum = 0n;
  series.buckets.fill(0);
  series.exemplars.fill(null);
}

/** Buckets of a histogram, one more than boundaries; none of anything else. */
function placesOf(metric: MetricName): number {
  // A newer replica may have added one that this program does not know.
  const { boundaries } = definitionOf(metric) ?? {};
  return boundaries === undefined ? 0 : boundaries.length + 1;
}
