import { closeSync, fsyncSync, openSync } from 'node:fs';
import { DatabaseSync } from '@photostructure/sqlite';
import type { GetOptions, HttpAnswer, HttpClient } from '../../src/http/client.ts';
import { openLedger } from '../../src/ledger/open.ts';
import { rowChecksum } from '../../src/ledger/sqlite/conversation-row.ts';
import { STATE } from '../../src/ledger/sqlite/schema.ts';
import type { Value } from '../../src/ledger/sqlite/value.ts';
import type { VirtualClock } from '../bridge/virtual-clock.ts';

/** Over so long the conversations are spread, in milliseconds: all inside the retention. */
const SPAN = 80 * 86_400_000;
/** What is listed of the last minutes has ended. In milliseconds. */
const CALL = 500;
const PAGE = 100;
/** Steps through all numbers below any count that it does not divide, in no order that one could see. */
const PRIME = 7_368_787;
/** One in so many is a dead letter, and one waits for a later look. */
const RARE = 2_000;

/** The id of the conversation that stands in the ledger's order of ids at `place`. */
function idAt(place: number): string {
  return `conv_${String(place).padStart(28, '0')}`;
}

const COLUMNS = [
  ...['source', 'id', 'state', 'due', 'started', 'ended', 'seen', 'settled', 'attempts', 'trace_id', 'spans'],
  ...['shape', 'late', 'reason'],
];

interface Filling {
  readonly rows: number;
  /** When the last conversation was settled. Unix milliseconds. */
  readonly until: number;
}

/**
 * Makes a ledger with so many settled conversations. In the order of their ids the moments are shuffled, as they are
 * with a vendor's random ids: what is next to each other in time is not next to each other in the file.
 * @param begin up to when its source was listed and swept.
 */
export async function fillLedger(file: string, begin: number, { rows, until: now }: Filling): Promise<void> {
  if (rows % PRIME === 0) throw new RangeError(`${rows} rows cannot be shuffled`);
  const ledger = await openLedger(file);
  const source = await ledger.source('elevenlabs', 'elevenlabs');
  await ledger.sources.walked(source, begin - 1_000, undefined);
  await ledger.sources.swept(source, begin - 1_000);
  await ledger.close();
  const database = new DatabaseSync(file);
  database.exec('PRAGMA synchronous = OFF; PRAGMA cache_size = -500000');
  database.function('row_checksum', { varargs: true }, (...values: Value[]) =>
    rowChecksum(Object.fromEntries(COLUMNS.map((column, index) => [column, values[index] ?? null]))),
  );
  const indexes = database
    .prepare(
      `SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'conversation' AND sql <> ''`,
    )
    .all() as { name: string; sql: string }[];
  // Sorting once is faster than keeping in order; what comes of it is the same.
  for (const { name } of indexes) database.exec(`DROP INDEX ${name}`);
  const [first, step] = [now - SPAN, SPAN / rows];
  database.exec(`
    BEGIN;
    WITH RECURSIVE place(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM place WHERE n < ${rows - 1}),
      moment(n, at) AS (SELECT n, CAST(${first} + (n * ${PRIME} % ${rows}) * ${step} AS INTEGER) FROM place)
    INSERT INTO conversation (${COLUMNS.join(', ')})
    SELECT ${source}, printf('conv_%028d', n), iif(n % ${RARE} = 1, ${STATE.dead}, ${STATE.delivered}),
      iif(n % ${RARE} = 2, ${now} + 3600000 + n, NULL), at - ${2 * CALL}, at - ${CALL}, at - ${CALL}, at, 0,
      randomblob(16), 15, randomblob(16), x'', iif(n % ${RARE} = 1, 'the collector refused it (400): no', NULL)
    FROM moment;
    UPDATE conversation SET checksum = row_checksum(${COLUMNS.join(', ')});
    COMMIT;`);
  for (const { sql } of indexes) database.exec(sql);
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  database.close();
  // Else the system would be writing it all while the ledger is measured.
  const written = openSync(file, 'r+');
  fsyncSync(written);
  closeSync(written);
}

/** The list of a vendor all of whose conversations are in that ledger. */
export class LongList implements HttpClient {
  readonly skewMs = 0;
  pages = 0;
  /** Requests for single conversations: nothing is new, so there should be none. */
  fetched = 0;
  readonly #clock: VirtualClock;
  readonly #filling: Filling;

  constructor({ clock, ...filling }: Filling & { clock: VirtualClock }) {
    this.#clock = clock;
    this.#filling = filling;
  }

  async getJson(target: string | URL, { query = {}, signal }: GetOptions = {}): Promise<unknown> {
    await this.#clock.sleep(50, signal);
    if (!String(target).endsWith('/conversations')) {
      this.fetched++;
      throw new Error('Nothing is new');
    }
    this.pages++;
    const { rows, until: now } = this.#filling;
    const step = SPAN / rows;
    const start = (rank: number) => Math.floor(now - SPAN + rank * step) - 2 * CALL;
    const after = Number(query.call_start_after_unix) * 1000;
    const least = Math.max(0, Math.ceil((after + 2 * CALL - (now - SPAN)) / step));
    // What begins later is in the ledger already; it is not in the list yet.
    const latest = Math.min(rows - 1, Math.floor((this.#clock.now() - (now - SPAN)) / step));
    const from = query.cursor === undefined ? latest : Number(query.cursor);
    const to = Math.max(least, from - PAGE + 1);
    const conversations = Array.from({ length: Math.max(0, from - to + 1) }, (_, place) => ({
      conversation_id: idAt(placeOf(from - place, rows)),
      status: 'done',
      start_time_unix_secs: Math.floor(start(from - place) / 1000),
      call_duration_secs: 0,
    }));
    const hasMore = to > least;
    return { conversations, has_more: hasMore, next_cursor: hasMore ? String(to - 1) : null };
  }

  get(): Promise<HttpAnswer> {
    throw new Error('Only JSON is asked for');
  }

  async close(): Promise<void> {}
}

/** Where in the order of ids the conversation of a rank in time stands: the other way round of the shuffling. */
function placeOf(rank: number, rows: number): number {
  return Number((BigInt(rank) * inverse(BigInt(PRIME), BigInt(rows))) % BigInt(rows));
}

const known = new Map<bigint, bigint>();

/** The number that undoes a multiplication modulo `modulus`. */
function inverse(value: bigint, modulus: bigint): bigint {
  const cached = known.get(modulus);
  if (cached !== undefined) return cached;
  let [oldRest, rest] = [value % modulus, modulus];
  let [oldFactor, factor] = [1n, 0n];
  while (rest !== 0n) {
    const times = oldRest / rest;
    [oldRest, rest] = [rest, oldRest - times * rest];
    [oldFactor, factor] = [factor, oldFactor - times * factor];
  }
  const found = ((oldFactor % modulus) + modulus) % modulus;
  known.set(modulus, found);
  return found;
}
