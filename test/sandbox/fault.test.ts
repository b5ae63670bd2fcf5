import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  CallBook,
  type ElevenLabsServer,
  type FaultKind,
  type Json,
  startElevenLabs,
  startTavus,
} from '../../sandbox/index.ts';

const NOON = Date.UTC(2026, 10, 20, 12);
const LIST = '/v1/convai/conversations';

let server: ElevenLabsServer;
let ids: string[];

beforeEach(async () => {
  const book = new CallBook();
  ids = book
    .fill({ provider: 'elevenlabs', seed: 71, count: 25, from: NOON - 3_600_000, to: NOON - 600_000 })
    .reverse();
  server = await startElevenLabs({ book, now: () => NOON });
});

afterEach(() => server.close());

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  /** What broke the body off. */
  readonly broken?: string;
}

/** One request on a connection of its own, with nothing between the test and the wire. */
function ask(path = `${LIST}?page_size=10`, signal?: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = {
      headers: { 'xi-api-key': 'test-key' },
      agent: new Agent(),
      ...(signal === undefined ? {} : { signal }),
    };
    let arrived = false;
    const request = get(`${server.url}${path}`, options, (response) => {
      arrived = true;
      const parts: Buffer[] = [];
      const done = (broken?: Error) => {
        const body = Buffer.concat(parts);
        const { statusCode: status = 0, headers } = response;
        resolve({ status, headers, body, ...(broken === undefined ? {} : { broken: codeOf(broken) }) });
      };
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => done());
      response.on('error', done);
    });
    // Once there is a response, it is the response that tells how it broke off.
    request.on('error', (error) => {
      if (!arrived) reject(new Error(codeOf(error)));
    });
  });
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}

function json(answer: Answer): Json {
  return JSON.parse(answer.body.toString()) as Json;
}

function rowIds(answer: Answer): unknown[] {
  return (json(answer).conversations as Json[]).map((row) => row.conversation_id);
}

describe('a fault', () => {
  it('answers with another status, body and headers', async () => {
    server.faults.add({
      fault: { kind: 'status', status: 429, body: { detail: 'slow down' }, headers: { 'retry-after': '7' } },
    });
    const answer = await ask();
    expect(answer.status).toBe(429);
    expect(answer.headers['retry-after']).toBe('7');
    expect(json(answer)).toEqual({ detail: 'slow down' });
  });

  it.each([200, 502])('answers with a page of a proxy and %i', async (status) => {
    server.faults.add({ fault: { kind: 'html', status } });
    const answer = await ask();
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toContain('text/html');
    expect(answer.body.toString()).toMatch(/^<!DOCTYPE html>/);
  });

  it('cuts the JSON off', async () => {
    const whole = (await ask()).body;
    server.faults.add({ fault: { kind: 'truncated' } });
    const answer = await ask();
    expect(answer.broken).toBeUndefined();
    expect(answer.body.equals(whole.subarray(0, Math.floor(whole.length / 2)))).toBe(true);
    expect(() => json(answer)).toThrow(SyntaxError);
  });

  it('puts bytes into the body that are no UTF-8', async () => {
    server.faults.add({ fault: { kind: 'invalid-utf8' } });
    const { body } = await ask();
    expect(() => new TextDecoder('utf-8', { fatal: true }).decode(body)).toThrow(TypeError);
  });

  it('answers with no JSON at all', async () => {
    server.faults.add({ fault: { kind: 'garbage' } });
    const answer = await ask();
    expect(answer.status).toBe(200);
    expect(() => json(answer)).toThrow(SyntaxError);
  });

  it('goes on for megabytes without saying how many', async () => {
    server.faults.add({ fault: { kind: 'huge', bytes: 5_000_000 } });
    const answer = await ask();
    expect(answer.headers['content-length']).toBeUndefined();
    expect(answer.body.length).toBeGreaterThanOrEqual(5_000_000);
    expect(answer.body.length).toBeLessThan(5_200_000);
  });

  it('survives a client that stops reading a huge body', async () => {
    server.faults.add({ fault: { kind: 'huge', bytes: 500_000_000 }, times: 1 });
    const request = get(`${server.url}${LIST}`, {
      headers: { 'xi-api-key': 'test-key' },
      agent: new Agent(),
    });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    await once(response, 'data');
    response.on('error', () => undefined);
    request.destroy();
    expect((await ask()).status).toBe(200);
  });

  it('compresses what nobody asked to be compressed, and lets it grow', async () => {
    server.faults.add({ fault: { kind: 'gzip-bomb', bytes: 30_000_000 } });
    const { headers, body } = await ask();
    expect(headers['content-encoding']).toBe('gzip');
    expect(body.length).toBeLessThan(100_000);
    expect(gunzipSync(body).length).toBe(30_000_000);
  });

  it('drips the right answer', async () => {
    const whole = (await ask()).body;
    server.faults.add({ fault: { kind: 'drip', bytes: 1000, everyMs: 1 } });
    expect((await ask()).body.equals(whole)).toBe(true);
  });

  it('never answers, and does not keep the server from closing', async () => {
    server.faults.add({ fault: { kind: 'silence' } });
    const answer = ask().catch((error: Error) => error.message);
    while (server.requests.total === 0) await new Promise(setImmediate);
    await server.close();
    expect(await answer).toBe('ECONNRESET');
  });

  it('resets the connection before the headers', async () => {
    server.faults.add({ fault: { kind: 'reset-before-headers' }, times: 1 });
    await expect(ask()).rejects.toThrow('ECONNRESET');
    expect((await ask()).status).toBe(200);
  });

  it('resets the connection in the middle of the body', async () => {
    server.faults.add({ fault: { kind: 'reset-mid-body' } });
    const answer = await ask();
    expect(answer.status).toBe(200);
    expect(answer.broken).toBe('ECONNRESET');
    expect(answer.body.length).toBeGreaterThan(0);
  });

  it.each([301, 302, 307, 308] as const)('redirects with %i to itself or elsewhere', async (status) => {
    server.faults.add({ fault: { kind: 'redirect', status, to: 'self' }, times: 1 });
    server.faults.add({ fault: { kind: 'redirect', status, to: 'http://127.0.0.1:9/else' }, times: 1 });
    const answer = await ask('/v1/convai/conversations?page_size=3');
    expect(answer.status).toBe(status);
    expect(answer.headers.location).toBe('/v1/convai/conversations?page_size=3');
    expect((await ask()).headers.location).toBe('http://127.0.0.1:9/else');
  });

  it('answers right, but later', async () => {
    server.faults.add({ fault: { kind: 'delay', ms: 30 } });
    expect(rowIds(await ask())).toEqual(ids.slice(0, 10));
  });

  it('answers right once it is let go', async () => {
    let letGo: (value?: unknown) => void = () => expect.fail('nothing is held');
    const until = new Promise((resolve) => {
      letGo = resolve;
    });
    server.faults.add({ fault: { kind: 'hold', until }, times: 1 });
    const held = ask();
    expect(rowIds(await ask())).toEqual(ids.slice(0, 10));
    letGo();
    expect(rowIds(await held)).toEqual(ids.slice(0, 10));
  });

  it('puts the clock a day off', async () => {
    server.faults.add({ fault: { kind: 'date-skew', ms: 86_400_000 } });
    const answer = await ask();
    expect(answer.headers.date).toBe('Sat, 21 Nov 2026 12:00:00 GMT');
    expect(answer.status).toBe(200);
  });

  it('repeats the rows of the page before', async () => {
    const first = await ask();
    server.faults.add({ fault: { kind: 'duplicate-page' }, times: 1 });
    const second = await ask(`${LIST}?page_size=10&cursor=${json(first).next_cursor}`);
    expect(rowIds(second)).toEqual(ids.slice(0, 10));
    const third = await ask(`${LIST}?page_size=10&cursor=${json(second).next_cursor}`);
    expect(rowIds(third)).toEqual(ids.slice(20));
  });

  it('lies about whether there is more', async () => {
    const cursor = json(await ask()).next_cursor;
    const lied = async (lie: 'no-cursor' | 'same-cursor' | 'stops') => {
      server.faults.add({ fault: { kind: 'has-more', lie }, times: 1 });
      const { has_more, next_cursor } = json(await ask(`${LIST}?page_size=10&cursor=${cursor}`));
      return { has_more, next_cursor };
    };
    expect(await lied('no-cursor')).toEqual({ has_more: true, next_cursor: null });
    expect(await lied('same-cursor')).toEqual({ has_more: true, next_cursor: cursor });
    expect(await lied('stops')).toEqual({ has_more: false, next_cursor: null });
  });

  it('puts null where something is required', async () => {
    server.faults.add({
      fault: { kind: 'nulls', paths: ['conversations.0', 'conversations.1.conversation_id', 'has_more'] },
    });
    const { conversations, has_more } = json(await ask()) as {
      conversations: (Json | null)[];
      has_more: unknown;
    };
    expect(has_more).toBeNull();
    expect(conversations[0]).toBeNull();
    expect(conversations[1]?.conversation_id).toBeNull();
    expect(conversations[2]?.conversation_id).toBe(ids[2]);

    server.faults.clear();
    server.faults.add({ fault: { kind: 'nulls', paths: ['conversations.*.status'] } });
    expect((json(await ask()).conversations as Json[]).every((row) => row.status === null)).toBe(true);
  });
});

describe('a rule', () => {
  it('strikes so many times, after so many requests, on one route, where its condition holds', async () => {
    const statuses = async (paths: string[]) => {
      const all: number[] = [];
      for (const path of paths) all.push((await ask(path)).status);
      return all;
    };
    const one = `${LIST}/${ids[0]}`;
    const other = `${LIST}/${ids[1]}`;
    const broken = server.faults.add({
      route: 'get',
      when: (request) => request.path === one,
      after: 1,
      times: 2,
      fault: { kind: 'status', status: 503 },
    });

    expect(await statuses([LIST, one, other, one, other, one, one])).toEqual([
      200, 200, 200, 503, 200, 503, 200,
    ]);
    expect(broken.hits).toBe(2);
  });

  it('can be removed', async () => {
    const broken = server.faults.add({ fault: { kind: 'status', status: 500 } });
    expect((await ask()).status).toBe(500);
    broken.remove();
    expect((await ask()).status).toBe(200);
  });

  it('is in force in the order of its making', async () => {
    server.faults.add({ fault: { kind: 'status', status: 500 }, times: 1 });
    server.faults.add({ fault: { kind: 'status', status: 503 }, times: 1 });
    expect([(await ask()).status, (await ask()).status, (await ask()).status]).toEqual([500, 503, 200]);
  });
});

describe('random faults', () => {
  const kinds: FaultKind[] = ['status', 'html', 'truncated', 'reset-before-headers', 'garbage', 'date-skew'];

  async function walk(order: readonly string[]): Promise<Map<string, string>> {
    const book = new CallBook();
    book.fill({ provider: 'elevenlabs', seed: 71, count: 25, from: NOON - 3_600_000, to: NOON - 600_000 });
    await server.close();
    server = await startElevenLabs({ book, now: () => NOON });
    const placed = server.faults.random({ seed: 9, rate: 0.5, kinds });
    const met = new Map<string, string>();
    for (const id of order) {
      const answer = await ask(`${LIST}/${id}`).catch((error: Error) => error.message);
      const told =
        typeof answer === 'string' ? answer : `${answer.status} ${answer.headers.date} ${answer.body.length}`;
      met.set(id, told);
    }
    expect(placed.hits).toBeGreaterThan(5);
    expect(placed.hits).toBeLessThan(20);
    return met;
  }

  it('strike the same requests whatever the order they come in', async () => {
    const first = await walk(ids);
    const second = await walk(ids.toReversed());
    expect(second).toEqual(new Map(ids.toReversed().map((id) => [id, first.get(id)])));
    expect(new Set(first.values()).size).toBeGreaterThan(4);
  });

  it('let a request through when it is made again', async () => {
    server.faults.random({ seed: 4, rate: 0.6, kinds: ['status'] });
    for (const id of ids) {
      let tries = 1;
      while ((await ask(`${LIST}/${id}`)).status !== 200) tries += 1;
      expect(tries).toBeLessThan(25);
    }
  });
});

describe('a server', () => {
  it('counts what it was asked, and keeps requests only when told to', async () => {
    await ask();
    await ask(`${LIST}/${ids[0]}`);
    await ask('/v1/models');
    expect(server.requests.total).toBe(3);
    expect(['list', 'get', 'unknown'].map((route) => server.requests.count(route))).toEqual([1, 1, 1]);
    expect(server.requests.all).toEqual([]);

    const logging = await startTavus({ log: true, now: () => NOON });
    await fetch(`${logging.url}/v2/conversations?limit=3`, { headers: { 'x-api-key': 'test-key' } });
    expect(logging.requests.all).toMatchObject([
      { method: 'GET', path: '/v2/conversations', route: 'list', at: NOON },
    ]);
    expect(logging.requests.all[0]?.query.get('limit')).toBe('3');
    await logging.close();
  });

  it('ends every connection when it is closed, and can be closed twice', async () => {
    const agent = new Agent({ keepAlive: true });
    const request = get(`${server.url}${LIST}`, { headers: { 'xi-api-key': 'test-key' }, agent });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    const { socket } = response;
    const closed = once(socket, 'close');
    response.resume();
    await once(response, 'end');
    expect(socket.destroyed).toBe(false);
    await server.close();
    await server.close();
    await closed;
    expect(socket.destroyed).toBe(true);
    await expect(ask()).rejects.toThrow('ECONNREFUSED');
  });
});
