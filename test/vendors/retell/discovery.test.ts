import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CallBook, startRetell } from '../../../sandbox/index.ts';
import { createHttpClient } from '../../../src/http/undici-client.ts';
import { systemClock } from '../../../src/time/clock.ts';
import { vendor } from '../../../src/vendors/retell/vendor.ts';
import type { Page, Source } from '../../../src/vendors/vendor.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOW = Date.UTC(2026, 10, 20, 12);
const SETTINGS = { source: 's', content: 'none', systemPrompt: false, resource: {}, secrets: [] } as const;
const stop = new AbortController().signal;

let closers: (() => Promise<void>)[] = [];
let now = NOW;
beforeEach(() => {
  now = NOW;
});
afterEach(async () => {
  for (const close of closers) await close();
  closers = [];
});

async function asked(book: CallBook, { settle = 0, agents = [] as string[], pageCap = 1000 } = {}) {
  const server = await startRetell({ book, now: () => now, log: true, pageCap });
  const account = { name: 's', provider: 'retell', apiKey: 'test-key', baseUrl: server.url, concurrency: 2 };
  const clock = { ...systemClock, now: () => now, random: Math.random, sleep: systemClock.sleep };
  const client = createHttpClient({
    ...{ baseUrl: server.url, headers: { authorization: 'Bearer test-key' }, clock, env: {} },
  });
  const source = vendor.source({ ...account, settle, agents }, { client, clock, settings: SETTINGS });
  closers.push(
    () => source.close(),
    () => server.close(),
  );
  return { server, source };
}

/** The ids that a walk shows, and what is to be remembered of it. */
async function walk(source: Source, since: number, memory?: string, until?: number) {
  const pages: Page[] = [];
  const walked = source.discover(
    { since, ...(memory === undefined ? {} : { memory }), ...(until === undefined ? {} : { until }) },
    stop,
  );
  for await (const page of walked) pages.push(page);
  return {
    ids: pages.flatMap(({ refs }) => refs.map(({ id }) => id)),
    memory: pages.findLast((page) => page.memory !== undefined)?.memory,
    drift: pages.flatMap(({ drift = [] }) => drift),
  };
}

const spec = (index: number, startAt: number, scenario = 'ordinary') => ({
  ...({ provider: 'retell', seed: 3, index, startAt, scenario } as const),
});

describe('a call of Retell is found', () => {
  it('by its end: one that began long before is there once it has ended, and not before', async () => {
    const book = new CallBook();
    const long = book.add(spec(0, NOW - 3 * HOUR, 'two-hours'));
    const running = book.add(spec(1, NOW - 10_000));
    const { source } = await asked(book);
    const { ids } = await walk(source, NOW - 2 * HOUR);
    expect(ids).toContain(long);
    expect(ids).not.toContain(running);
  });

  it('on whatever page it stands', async () => {
    const book = new CallBook();
    const all = Array.from({ length: 40 }, (_, index) =>
      book.add(spec(index, NOW - 2 * HOUR + index * 1_000)),
    );
    const { source, server } = await asked(book, { pageCap: 7 });
    expect((await walk(source, NOW - 3 * HOUR)).ids.sort()).toEqual(all.sort());
    expect(server.requests.count('list')).toBeGreaterThanOrEqual(6);
  });

  it('when its analysis is there, or has been waited for: so that it is fetched once', async () => {
    const book = new CallBook();
    const calls = Array.from({ length: 30 }, (_, index) => spec(index, NOW - HOUR));
    for (const one of calls) book.add(one);
    const kinds = [...book.calls('retell')].flatMap((call) => (call.provider === 'retell' ? [call] : []));
    const { source } = await asked(book, { settle: 5 * MINUTE });
    for (const minutes of [0.5, 2, 6]) {
      const ends = kinds.map(({ end }) => end / 1000);
      now = Math.max(...ends) + minutes * MINUTE;
      const due = kinds.filter(({ end, traits }) => {
        const since = now - end / 1000;
        return since >= (traits.analyzedAfter ?? Number.POSITIVE_INFINITY) * 1000 || since >= 302_000;
      });
      const { ids } = await walk(source, now - 3 * HOUR);
      expect(ids.sort()).toEqual(due.map(({ id }) => id).sort());
    }
  });

  it('of one agent, where only that is wanted', async () => {
    const book = new CallBook();
    for (let index = 0; index < 12; index++) book.add(spec(index, NOW - 2 * HOUR));
    const agents = [...book.calls('retell')].map((call) => call.agents[0]?.id ?? '');
    const wanted = agents[0] ?? '';
    const { source } = await asked(book, { agents: [wanted] });
    expect((await walk(source, NOW - 3 * HOUR)).ids).toHaveLength(
      agents.filter((id) => id === wanted).length,
    );
  });

  it('in a stretch of the past by its start', async () => {
    const book = new CallBook();
    const inside = book.add(spec(0, NOW - 40 * HOUR));
    book.add(spec(1, NOW - 30 * HOUR));
    book.add(spec(2, NOW - 40 * HOUR, 'no-answer'));
    const { source } = await asked(book);
    expect((await walk(source, NOW - 45 * HOUR, undefined, NOW - 35 * HOUR)).ids).toEqual([inside]);
  });
});

describe('a call that never connected', () => {
  it('is found though no filter by time finds it, and once', async () => {
    const book = new CallBook();
    const missed = ['no-answer', 'busy-line', 'nobody-joined'].map((scenario, index) =>
      book.add(spec(index, NOW - HOUR, scenario)),
    );
    const { source } = await asked(book);
    const first = await walk(source, NOW - 10 * MINUTE);
    expect(first.ids.sort()).toEqual(missed.sort());
    expect((await walk(source, NOW - 10 * MINUTE, first.memory)).ids).toEqual([]);
    const later = book.add(spec(9, NOW - 2 * MINUTE, 'no-answer'));
    const second = await walk(source, NOW - 10 * MINUTE, first.memory);
    expect(second.ids).toEqual([later]);
  });

  it('of long ago is history: at the first start the newest hundred are taken, and no older one ever', async () => {
    const book = new CallBook();
    const all = Array.from({ length: 260 }, (_, index) =>
      book.add(spec(index, NOW - 300 * HOUR + index * HOUR, 'no-answer')),
    );
    const { source } = await asked(book, { pageCap: 70 });
    const first = await walk(source, NOW - 10 * MINUTE);
    expect(first.ids.sort()).toEqual(all.slice(-100).sort());
    const news = Array.from({ length: 150 }, (_, index) =>
      book.add(spec(1_000 + index, NOW - HOUR + index * 1_000, 'no-answer')),
    );
    const second = await walk(source, NOW - 10 * MINUTE, first.memory);
    expect(second.ids.sort()).toEqual(news.sort());
    expect((await walk(source, NOW - 10 * MINUTE, second.memory)).ids).toEqual([]);
  });

  it('is found again from scratch where what was remembered is damaged', async () => {
    const book = new CallBook();
    const missed = book.add(spec(0, NOW - HOUR, 'no-answer'));
    const { source } = await asked(book);
    for (const memory of ['', '{', '[]', '{"not_connected":7,"error":[]}']) {
      expect((await walk(source, NOW - 10 * MINUTE, memory)).ids).toEqual([missed]);
    }
  });

  it('stands in its trace where it was first heard of, also when it is asked for again', async () => {
    const book = new CallBook();
    const id = book.add(spec(0, NOW - HOUR, 'no-answer'));
    const { source } = await asked(book);
    for (const _ of [1, 2]) {
      const fetched = await source.fetch(id, stop, undefined, NOW);
      if (fetched.kind !== 'ready') throw new Error(fetched.reason);
      expect(fetched.translated.conversation.start).toBe(BigInt(NOW) * 1_000_000n);
    }
  });
});

it('a call that the vendor does not know is gone; any other refusal is none of the call’s', async () => {
  const { source, server } = await asked(new CallBook());
  expect(await source.fetch('call_none', stop)).toMatchObject({
    ...{ kind: 'gone', reason: expect.stringMatching(/^Cannot find requested asset/) },
  });
  server.faults.add({ route: 'get', fault: { kind: 'status', status: 402 } });
  await expect(source.fetch('call_none', stop)).rejects.toThrow(/402/);
});
