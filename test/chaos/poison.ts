import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Provider } from '../../sandbox/index.ts';
import { Random } from '../../sandbox/random.ts';

/** Of the pages that a list shows so many have a row of poison: with fifteen rows on each, two rows of a hundred. */
const SHARE_OF_PAGES = 0.3;

/** Ids that are none. */
const BAD_IDS = ['\u0000', 'a\u0000b', '..', 'a\u202eb', '\u0007', 'x'.repeat(5_000), '\ud800', ' '];
/** Moments that are none, in seconds. */
const BAD_TIMES = [1e300, -5, 9.3e18, 253_402_300_800];

/** Bodies that would cost a bridge its memory or its time, by the end of the id that is answered with them. */
const BODIES: Readonly<Record<Provider, readonly ((id: string) => string)[]>> = {
  elevenlabs: [
    (id) => body(id, 'done', `"transcript":[${'{},'.repeat(60_000)}{}]`),
    (id) => body(id, 'done', `"pad":[${'{},'.repeat(1_200_000)}{}]`),
    (id) => body(id, 'done', `"transcript":[],"pad":${'['.repeat(100_000)}${']'.repeat(100_000)}`),
    (id) => body(id, 'done', `"metadata":{"termination_reason":"${'error '.repeat(20_000)}"}`),
  ],
  tavus: [
    (id) => body(id, 'ended', `"events":[${'{},'.repeat(60_000)}{}]`),
    (id) => body(id, 'ended', `"pad":[${'{},'.repeat(1_200_000)}{}]`),
  ],
  retell: [
    (id) => call(id, `"transcript_with_tool_calls":[${'{},'.repeat(60_000)}{}]`),
    (id) => call(id, `"latency":{"e2e":{"values":[${'1,'.repeat(60_000)}1]}}`),
    (id) => call(id, `"pad":[${'{},'.repeat(1_200_000)}{}]`),
    (id) => call(id, `"transcript_object":[{"words":[${'{},'.repeat(60_000)}{}]}]`),
  ],
  vapi: [
    (id) => record(id, `"artifact":{"messages":[${'{},'.repeat(60_000)}{}]}`),
    (id) => record(id, `"artifact":{"performanceMetrics":{"turnLatencies":[${'{},'.repeat(60_000)}{}]}}`),
    (id) => record(id, `"pad":[${'{},'.repeat(1_200_000)}{}]`),
  ],
};

function call(id: string, rest: string): string {
  return `{"call_id":"${id}","call_status":"ended","call_analysis":{},${rest}}`;
}

function record(id: string, rest: string): string {
  return `{"id":"${id}","status":"ended","analysis":{"summary":"s"},${rest}}`;
}

/** Where a vendor's list has its rows, and how one of them looks. */
const ROWS: Readonly<Record<Provider, { key: string; row(id: string, seconds: number): object }>> = {
  elevenlabs: {
    key: 'conversations',
    row: (id, seconds) => ({
      conversation_id: id,
      status: 'done',
      start_time_unix_secs: seconds,
      call_duration_secs: 60,
    }),
  },
  tavus: {
    key: 'data',
    row: (id, seconds) => ({ conversation_id: id, status: 'ended', created_at: isoOf(seconds) }),
  },
  retell: {
    key: 'items',
    row: (id, seconds) => ({
      call_id: id,
      call_status: 'ended',
      call_analysis: {},
      start_timestamp: seconds * 1_000,
      end_timestamp: seconds * 1_000 + 60_000,
    }),
  },
  vapi: {
    // It is all that there is.
    key: '',
    row: (id, seconds) => {
      const moment = isoOf(seconds);
      // As if it had been held, so that it is asked for.
      return {
        id,
        status: 'ended',
        createdAt: moment,
        updatedAt: moment,
        startedAt: moment,
        endedAt: moment,
      };
    },
  },
};

/** A moment as text, be it none. */
function isoOf(seconds: number): string {
  const date = new Date(seconds * 1_000);
  return seconds > 0 && Number.isFinite(date.getTime()) ? date.toISOString() : `${seconds}`;
}

const LISTS = ['conversations', 'list-calls', 'call'];

function body(id: string, status: string, rest: string): string {
  return `{"conversation_id":"${id}","status":"${status}",${rest}}`;
}

const PREFIX = 'poison-';

export interface Poisoner {
  readonly url: string;
  /** Rows that were put in, of ids or times that are none, and bodies that were given out. */
  readonly served: { rows: number; bodies: number };
  close(): Promise<void>;
}

/** Stands before a simulated vendor, and puts poison among what that answers, as drawn by a seed. @param share of the pages of lists. @param branch of several accounts of the vendor, which have poison of their own. */
export async function startPoisoner(
  vendor: string,
  {
    provider,
    seed,
    share = SHARE_OF_PAGES,
    branch = 0,
  }: { provider: Provider; seed: number; share?: number; branch?: number },
): Promise<Poisoner> {
  const random = new Random(seed, 'poison', provider, ...(branch === 0 ? [] : [`${branch}`]));
  const served = { rows: 0, bodies: 0 };
  const target = new URL(vendor);
  const server = createServer((asked, answer) => {
    const id = new URL(asked.url ?? '/', vendor).pathname.split('/').at(-1) ?? '';
    const poison = id.startsWith(PREFIX) ? BODIES[provider][Number(id.slice(PREFIX.length))] : undefined;
    if (poison !== undefined) {
      served.bodies++;
      answer.writeHead(200, { 'content-type': 'application/json' }).end(poison(id));
      return;
    }
    const { 'accept-encoding': _, host: __, ...headers } = asked.headers;
    const passed = request(
      { host: target.hostname, port: target.port, path: asked.url, method: asked.method, headers },
      (response) => pass(response, answer, LISTS.includes(id)),
    );
    passed.on('error', () => asked.socket.destroy());
    answer.on('close', () => passed.destroy());
    asked.pipe(passed);
  });

  /** Lists are read whole; all else goes through as it comes, however it ends. */
  function pass(response: IncomingMessage, answer: ServerResponse, isList: boolean): void {
    response.on('error', () => answer.socket?.destroy());
    const isPoisoned = isList && random.chance(share);
    if (!isPoisoned || response.statusCode !== 200) {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answer);
      return;
    }
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('end', () => {
      const body = poisoned(Buffer.concat(chunks));
      const { 'content-length': _, ...headers } = response.headers;
      answer.writeHead(200, { ...headers, 'content-length': body.length }).end(body);
    });
  }

  function poisoned(given: Buffer): Buffer {
    let page: Record<string, unknown> | unknown[];
    try {
      page = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(given));
    } catch (error) {
      // Damaged already, on purpose.
      if (error instanceof SyntaxError || error instanceof TypeError) return given;
      throw error;
    }
    const rows = Array.isArray(page) ? page : page[ROWS[provider].key];
    if (!Array.isArray(rows)) return given;
    served.rows++;
    rows.splice(random.int(0, rows.length), 0, row());
    return Buffer.from(JSON.stringify(page));
  }

  function row(): object {
    const kind = random.int(0, 2);
    const id = kind === 0 ? random.pick(BAD_IDS) : `${PREFIX}${random.int(0, BODIES[provider].length - 1)}`;
    const seconds = kind === 1 ? random.pick(BAD_TIMES) : Math.floor(Date.now() / 1_000) - 120;
    return ROWS[provider].row(id, seconds);
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    served,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
