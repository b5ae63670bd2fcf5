import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import pg from 'pg';
import { ConfigError } from '../../config/errors.ts';
import { bindable, type Row, type Value } from './values.ts';

/** How long a connection is waited for, and an answer: a server that hangs says nothing. In milliseconds. */
const CONNECT_TIMEOUT = 5_000;
const ANSWER_TIMEOUT = 15_000;
/** Connections of one process, besides the one that keeps its leases. `pool=` in the URL says otherwise. */
const CONNECTIONS = 6;

export interface Answer {
  readonly rows: Row[];
  readonly count: number;
}

/** One connection, for as long as somebody has it. */
export interface Session {
  /** One statement. */
  query(sql: string, ...values: Value[]): Promise<Answer>;
  /** Several statements at once, without values: one way to the server and back. @returns an answer for each. */
  script(sql: string): Promise<Answer[]>;
}

export interface ClientOptions {
  /** How many there are at most. @default as the URL says, or six */
  readonly connections?: number;
  /** How long an answer is waited for, in milliseconds; then the connection is given up. @default 15 seconds */
  readonly patience?: number;
}

/** The only file that knows the driver. Its errors are the driver's own. */
export class Client {
  /** All of the URL that may be shown: neither user nor password. */
  readonly where: string;
  readonly #pool: pg.Pool;

  /** @throws ConfigError where the URL cannot be used. */
  constructor(url: string, { connections, patience = ANSWER_TIMEOUT }: ClientOptions = {}) {
    const parsed = parse(url);
    const pool = Number(parsed.searchParams.get('pool') ?? CONNECTIONS);
    if (!Number.isInteger(pool) || pool < 2) {
      throw new ConfigError('CALLSPAN_STATE: pool= has to be a number of connections from 2 on.');
    }
    parsed.searchParams.delete('pool');
    this.where = `postgres://${parsed.host}${parsed.pathname}`;
    this.#pool = new pg.Pool({
      connectionString: strict(parsed).href,
      max: connections ?? pool,
      connectionTimeoutMillis: Math.min(CONNECT_TIMEOUT, patience),
      query_timeout: patience,
      idleTimeoutMillis: 30_000,
      maxLifetimeSeconds: 3_600,
      keepAlive: true,
      application_name: `callspan ${hostname()} ${process.pid}`,
      types: { getTypeParser },
    });
    // An idle connection that ends is nobody's trouble: the next one to be asked for is made anew.
    this.#pool.on('error', () => {});
  }

  /**
   * Gives `work` a connection of its own. After any error it is thrown away: it may be in the middle of a transaction.
   */
  async session<Result>(work: (session: Session) => Promise<Result>): Promise<Result> {
    const client = await this.#pool.connect();
    // Rejects the query that is running too; without a listener it would end the process.
    const onError = () => {};
    client.on('error', onError);
    let isBroken = true;
    try {
      const result = await work(sessionOf(client));
      isBroken = false;
      return result;
    } finally {
      client.off('error', onError);
      client.release(isBroken);
    }
  }

  /** Gives up the connections that nobody has: the server behind them may be another one now. */
  async close(): Promise<void> {
    await this.#pool.end();
  }
}

function sessionOf(client: pg.PoolClient): Session {
  return {
    async query(sql, ...values) {
      const { rows, rowCount } = await client.query<Row>(sql, values.map(bindable));
      return { rows, count: rowCount ?? 0 };
    },
    async script(sql) {
      // Of several statements the driver makes a list of answers, which its types do not say.
      const answers = (await client.query<Row>(sql)) as pg.QueryResult<Row> | pg.QueryResult<Row>[];
      return [answers].flat().map(({ rows, rowCount }) => ({ rows, count: rowCount ?? 0 }));
    },
  };
}

/** A value to be written into a script. */
export function literal(value: Value): string {
  const bound = bindable(value);
  if (bound === null) return 'NULL';
  if (bound instanceof Uint8Array) return `'\\x${Buffer.from(bound).toString('hex')}'::bytea`;
  if (Array.isArray(value)) return `ARRAY[${value.map(literal).join(',')}]`;
  return typeof bound === 'string' && typeof value !== 'bigint' ? pg.escapeLiteral(bound) : String(bound);
}

/** Sends one NOTIFY: a hint, which may be lost. */
export const CHANNEL = 'callspan';

function parse(url: string): URL {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    throw new ConfigError('CALLSPAN_STATE: expected postgres://user:password@host:5432/database.');
  }
  if (parsed.hostname === '' || parsed.pathname.length < 2) {
    throw new ConfigError('CALLSPAN_STATE: the URL needs a host and a database.');
  }
  const file = parsed.searchParams.get('sslrootcert');
  if (file !== null && file !== 'system') {
    try {
      readFileSync(file);
    } catch {
      throw new ConfigError(`CALLSPAN_STATE: the file ${file} of sslrootcert cannot be read.`);
    }
  }
  return parsed;
}

/** The driver takes these three for verify-full and warns that it will not always: what is meant is written down. */
function strict(url: URL): URL {
  const mode = url.searchParams.get('sslmode');
  if (
    url.searchParams.get('uselibpqcompat') !== 'true' &&
    /^(?:prefer|require|verify-ca)$/.test(mode ?? '')
  ) {
    url.searchParams.set('sslmode', 'verify-full');
  }
  return url;
}

const INT8 = 20;
const INT8_ARRAY = 1016;

/** Whole numbers of 64 bits come as text otherwise. Those that may be larger than a number is exact are cast to text. */
const getTypeParser = ((oid: number, format?: 'text' | 'binary') => {
  if (oid === INT8) return Number;
  const parser = pg.types.getTypeParser(oid, format);
  if (oid === INT8_ARRAY) return (text: string) => (parser(text) as unknown as string[]).map(Number);
  return parser;
}) as typeof pg.types.getTypeParser;
