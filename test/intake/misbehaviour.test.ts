import { afterEach, describe, expect, test } from 'vitest';
import type { Fault } from '../../sandbox/index.ts';
import { createHttpClient } from '../../src/http/undici-client.ts';
import { ledgerFolder, SimulatedCollector, Simulation } from '../bridge/simulation.ts';
import { VirtualClock } from '../bridge/virtual-clock.ts';
import {
  BEGIN,
  type BridgeWorld,
  DAY,
  HOUR,
  MINUTE,
  makeBridgeWorld,
  outcome,
  repeated,
} from './bridge-world.ts';

let world: BridgeWorld | undefined;

afterEach(async () => {
  await world?.close();
  world = undefined;
});

/** ElevenLabs and Tavus at work, with conversations that have ended and others that will. */
async function setUp(options: Parameters<typeof makeBridgeWorld>[0] = {}) {
  const made = await makeBridgeWorld(options);
  world = made;
  const ids = made.add('elevenlabs', 16, BEGIN - 2 * HOUR, BEGIN + 15 * MINUTE);
  made.add('tavus', 6, BEGIN - 2 * HOUR, BEGIN);
  return { ...made, ids };
}

const MIB = 1024 * 1024;

describe('an ElevenLabs that for twenty minutes answers everything with', () => {
  test.each<[string, Fault, RegExp]>([
    [
      'HTML and status 200',
      { kind: 'html', status: 200 },
      /answered 200 \(text\/html\) with a body that is HTML/,
    ],
    ['HTML and status 502', { kind: 'html', status: 502 }, /unavailable after 5 tries: answered 502/],
    [
      'half of its JSON',
      { kind: 'truncated' },
      /answered 200 \(application\/json\) with a body that is JSON that ends too early/,
    ],
    ['bytes that are no UTF-8', { kind: 'invalid-utf8' }, /with a body that is not valid UTF-8/],
    ['no JSON at all', { kind: 'garbage' }, /with a body that is not JSON/],
    [
      'a body of a hundred megabytes',
      { kind: 'huge', bytes: 100 * MIB },
      /with a body that is larger than 67108864 bytes/,
    ],
    ['status 500', { kind: 'status', status: 500 }, /unavailable after 5 tries: answered 500/],
    [
      'status 429',
      { kind: 'status', status: 429, body: { detail: { code: 'rate_limit_exceeded' } } },
      /unavailable after 5 tries: answered 429 rate_limit_exceeded/,
    ],
    [
      'status 429 and Retry-After',
      { kind: 'status', status: 429, headers: { 'retry-after': '120' } },
      /unavailable after 5 tries: answered 429; to be tried again after 120 s/,
    ],
    [
      'a redirect to another host',
      { kind: 'redirect', status: 302, to: 'http://127.0.0.1:1/login?token=secret' },
      /answered 302, a redirect to http:\/\/127\.0\.0\.1:1\/login; redirects are not followed, set the base URL to it/,
    ],
    [
      'a redirect to itself',
      { kind: 'redirect', status: 307, to: 'self' },
      /answered 307, a redirect to http:\S+\/v1\/convai\/conversations; redirects are not followed/,
    ],
    [
      'a connection that is reset',
      { kind: 'reset-before-headers' },
      /unavailable after 5 tries: .*(?:ECONNRESET|closed)/,
    ],
    [
      'a connection that is reset in the middle',
      { kind: 'reset-mid-body' },
      /unavailable after 5 tries: .*(?:ECONNRESET|closed)/,
    ],
    [
      'null for its list',
      { kind: 'nulls', paths: ['conversations'] },
      /with a body that has no list of conversations/,
    ],
  ])('%s: said once, nothing lost, sent twice or given up, and Tavus goes on', async (_, fault, said) => {
    const seen = await setUp();
    const { clock, elevenLabs, sink } = seen;
    const placed = elevenLabs.faults.add({ fault });
    seen.start();
    await clock.pass(BEGIN + 20 * MINUTE);
    const { hits } = placed;
    placed.remove();
    expect(await outcome(seen, 'tavus')).toEqual({ delivered: 6, dead: 0, errors: [], warnings: [] });
    // It is asked again, and not as fast as it answers.
    expect(hits).toBeGreaterThan(1);
    expect(hits).toBeLessThan(60);
    await clock.pass(BEGIN + 40 * MINUTE);
    const { errors, delivered, dead } = await outcome(seen, 'elevenlabs');
    expect({ delivered, dead }).toEqual({ delivered: 16, dead: 0 });
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatch(/^the source cannot be used: GET \/v1\/convai\/conversations: /);
    expect(errors[0]).toMatch(said);
    expect(errors[0]).not.toContain('secret');
    expect(repeated(seen)).toEqual([]);
    expect(sink.violations).toEqual([]);
  });
});

describe.each([
  ['retell', 'GET|POST \\/v'],
  ['vapi', 'GET \\/call'],
] as const)('a %s that for twenty minutes answers everything with', (third, request) => {
  test.each<[string, Fault, string]>([
    ['HTML and status 200', { kind: 'html', status: 200 }, 'with a body that is HTML'],
    ['half of its JSON', { kind: 'truncated' }, 'with a body that is JSON that ends too early'],
    ['status 500', { kind: 'status', status: 500 }, 'unavailable after 5 tries: answered 500'],
    [
      'status 429 and Retry-After',
      { kind: 'status', status: 429, headers: { 'retry-after': '120' } },
      'to be tried again after 120 s',
    ],
    ['a redirect to itself', { kind: 'redirect', status: 307, to: 'self' }, 'redirects are not followed'],
    [
      'a connection that is reset in the middle',
      { kind: 'reset-mid-body' },
      'unavailable after 5 tries: .*(?:ECONNRESET|closed)',
    ],
  ])(
    '%s: said once, nothing lost, sent twice or given up, and ElevenLabs goes on',
    async (_, fault, said) => {
      const made = await makeBridgeWorld({ third });
      world = made;
      made.add(third, 8, BEGIN - 2 * HOUR, BEGIN + 10 * MINUTE);
      made.add('elevenlabs', 4, BEGIN - 2 * HOUR, BEGIN);
      const placed = made.third?.faults.add({ fault });
      made.start();
      await made.clock.pass(BEGIN + 20 * MINUTE);
      placed?.remove();
      expect(await outcome(made, 'elevenlabs')).toEqual({ delivered: 4, dead: 0, errors: [], warnings: [] });
      expect(placed?.hits).toBeGreaterThan(1);
      expect(placed?.hits).toBeLessThan(60);
      await made.clock.pass(BEGIN + 50 * MINUTE);
      const { errors, delivered, dead } = await outcome(made, third);
      expect({ delivered, dead }).toEqual({ delivered: 8, dead: 0 });
      expect(errors).toHaveLength(1);
      expect(errors[0]).toMatch(new RegExp(`^the source cannot be used: (?:${request}).*${said}`));
      expect(repeated(made)).toEqual([]);
      expect(made.sink.violations).toEqual([]);
    },
  );
});

describe('an ElevenLabs that always answers for one conversation, and for no other, with', () => {
  test.each<[string, Fault]>([
    ['HTML and status 200', { kind: 'html', status: 200 }],
    ['half of its JSON', { kind: 'truncated' }],
    ['bytes that are no UTF-8', { kind: 'invalid-utf8' }],
    ['status 500', { kind: 'status', status: 500 }],
    ['status 422', { kind: 'status', status: 422 }],
    ['status 403', { kind: 'status', status: 403, body: { detail: { code: 'forbidden' } } }],
    ['a redirect', { kind: 'redirect', status: 302, to: 'http://127.0.0.1:1/login' }],
    ['a connection that is reset in the middle', { kind: 'reset-mid-body' }],
  ])('%s: delivers all others within minutes, and tries that one a few times', async (_, fault) => {
    const seen = await setUp();
    const { clock, elevenLabs, ids } = seen;
    const [, , bad = ''] = ids;
    const placed = elevenLabs.faults.add({ fault, route: 'get', when: ({ path }) => path.endsWith(bad) });
    seen.start();
    await clock.pass(BEGIN + 25 * MINUTE);
    expect(await outcome(seen, 'elevenlabs')).toMatchObject({ delivered: 15, dead: 0 });
    expect(await outcome(seen, 'tavus')).toEqual({ delivered: 6, dead: 0, errors: [], warnings: [] });
    expect(elevenLabs.requests.count('get') - placed.hits).toBe(15);
    expect(placed.hits).toBeLessThanOrEqual(5 * 10);
    const [first = ''] = [
      ...(await outcome(seen, 'elevenlabs')).errors,
      ...seen.log.flatMap(({ fields }) => (fields.conversation === bad ? String(fields.reason) : [])),
    ];
    expect(first).toContain(`GET /v1/convai/conversations/${bad}: `);
    expect(repeated(seen)).toEqual([]);
  });

  test('null where something is required: it is delivered as far as it goes, and what is missing is told', async () => {
    const seen = await setUp();
    const [, , bad = ''] = seen.ids;
    const nulls = ['transcript', 'metadata', 'agent_id', 'analysis', 'conversation_id'];
    seen.elevenLabs.faults.add({
      ...{ route: 'get', fault: { kind: 'nulls', paths: nulls } },
      when: ({ path }) => path.endsWith(bad),
    });
    seen.start();
    await seen.clock.pass(BEGIN + 25 * MINUTE);
    expect(await outcome(seen, 'elevenlabs')).toMatchObject({ delivered: 16, dead: 0, errors: [] });
    expect(seen.sink.violations).toEqual([]);
    expect(repeated(seen)).toEqual([]);
  });
});

describe('a list of ElevenLabs that', () => {
  test.each<[string, Fault]>([
    ['shows every page twice', { kind: 'duplicate-page' }],
    ['says that there is more, and not where', { kind: 'has-more', lie: 'no-cursor' }],
    ['leads in a circle', { kind: 'has-more', lie: 'same-cursor' }],
    ['says at times that there is no more', { kind: 'has-more', lie: 'stops' }],
    [
      'has rows without an id or a status',
      { kind: 'nulls', paths: ['conversations.0.conversation_id', 'conversations.1.status'] },
    ],
    ['has rows without a time', { kind: 'nulls', paths: ['conversations.*.start_time_unix_secs'] }],
  ])('%s: everything is delivered once', async (_, fault) => {
    const seen = await setUp({ elevenLabs: { pageCap: 4 } });
    const dice = new VirtualClock({ seed: 5 });
    // Most pages are in order: a list that always lies could hide what it pleases.
    seen.elevenLabs.faults.add({ route: 'list', fault, when: () => dice.random() < 0.2 });
    seen.start();
    await seen.clock.pass(BEGIN + 2 * HOUR);
    const { delivered, dead, errors } = await outcome(seen, 'elevenlabs');
    expect({ delivered, dead, errors }).toEqual({ delivered: 16, dead: 0, errors: [] });
    expect(repeated(seen)).toEqual([]);
    expect(seen.elevenLabs.requests.count('get')).toBe(16);
  });

  test('forgets its cursors from one page to the next: the walk goes on from where it was', async () => {
    const seen = await setUp({ elevenLabs: { pageCap: 4, cursorLifetimeMs: 0 } });
    seen.start();
    await seen.clock.pass(BEGIN + 25 * MINUTE);
    expect(await outcome(seen, 'elevenlabs')).toEqual({ delivered: 16, dead: 0, errors: [], warnings: [] });
    expect(repeated(seen)).toEqual([]);
  });
});

describe('a clock that is a day wrong', () => {
  test.each([
    ['the vendor’s, ahead', DAY],
    ['the vendor’s, behind', -DAY],
  ])('%s, for an hour: everything is delivered once, and that is said once', async (_, ms) => {
    const seen = await setUp();
    seen.start();
    await seen.clock.pass(BEGIN + 5 * MINUTE);
    const placed = seen.elevenLabs.faults.add({ fault: { kind: 'date-skew', ms } });
    await seen.clock.pass(BEGIN + HOUR);
    placed.remove();
    await seen.clock.pass(BEGIN + 1.5 * HOUR);
    const { warnings, ...rest } = await outcome(seen, 'elevenlabs');
    expect(rest).toEqual({ delivered: 16, dead: 0, errors: [] });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(
      /^the vendor's clock \(its Date header\) is 24 h (?:ahead of|behind) this machine's; /,
    );
    expect(await outcome(seen, 'tavus')).toMatchObject({ delivered: 6, errors: [] });
    expect(repeated(seen)).toEqual([]);
  });

  test('ours, set a day ahead and back again: everything is delivered once, and that it was set back is said once', async () => {
    const seen = await setUp();
    seen.start();
    await seen.clock.pass(BEGIN + 5 * MINUTE);
    seen.clock.set(DAY);
    await seen.clock.pass(BEGIN + 12 * MINUTE);
    seen.clock.set(-DAY);
    await seen.clock.pass(BEGIN + 50 * MINUTE);
    expect(await outcome(seen, 'elevenlabs')).toMatchObject({ delivered: 16, dead: 0, errors: [] });
    expect(await outcome(seen, 'tavus')).toMatchObject({ delivered: 6, dead: 0, errors: [] });
    expect(repeated(seen)).toEqual([]);
    expect(seen.log.filter(({ message }) => message.startsWith('the clock was set back by'))).toHaveLength(1);
  });

  test('ours, set a day back and ahead again: everything is delivered once', async () => {
    const seen = await setUp();
    seen.start();
    await seen.clock.pass(BEGIN + 5 * MINUTE);
    seen.clock.set(-DAY);
    await seen.clock.pass(BEGIN + 12 * MINUTE);
    seen.clock.set(DAY);
    await seen.clock.pass(BEGIN + 50 * MINUTE);
    expect(await outcome(seen, 'elevenlabs')).toMatchObject({ delivered: 16, dead: 0, errors: [] });
    expect(await outcome(seen, 'tavus')).toMatchObject({ delivered: 6, dead: 0, errors: [] });
    expect(repeated(seen)).toEqual([]);
  });
});

describe('an ElevenLabs that for a while', () => {
  test.each<[string, Fault, string]>([
    [
      'accepts connections and never answers',
      { kind: 'silence' },
      'unavailable after 5 tries: no complete answer within 150 ms',
    ],
    [
      'answers a few bytes at a time',
      { kind: 'drip', bytes: 1, everyMs: 100 },
      'unavailable after 5 tries: no complete answer within 150 ms',
    ],
    [
      'answers with a gzip bomb',
      { kind: 'gzip-bomb', bytes: 40 * MIB },
      'answered 200 (application/json) with a body that unpacks to more than 1048576 bytes',
    ],
  ])('%s: is not given more than its limit, and all is delivered afterwards', async (_, fault, said) => {
    const seen = await makeBridgeWorld();
    world = seen;
    seen.add('elevenlabs', 6, BEGIN - 2 * HOUR, BEGIN - HOUR);
    const collector = new SimulatedCollector();
    const client = createHttpClient({
      ...{ baseUrl: seen.elevenLabs.url, headers: { 'xi-api-key': 'test-key' }, clock: seen.clock },
      deadlineMs: fault.kind === 'gzip-bomb' ? 20_000 : 150,
      maxBodyBytes: MIB,
    });
    const folder = await ledgerFolder();
    const simulation = new Simulation({
      ...{ clock: seen.clock, provider: 'elevenlabs', vendor: client, collector },
      file: `${folder.path}/callspan.db`,
    });
    const placed = seen.elevenLabs.faults.add({ fault });
    try {
      await simulation.start();
      await untilTrue(seen, () => simulation.log.some(({ level }) => level === 'error'));
      placed.remove();
      await untilTrue(seen, () => collector.arrivals.size === 6);
      expect(collector.repeated).toEqual([]);
      const errors = simulation.log.filter(({ level }) => level === 'error').map(({ message }) => message);
      expect(errors).toEqual([`the source cannot be used: GET /v1/convai/conversations: ${said}`]);
    } finally {
      await simulation.stop();
      await client.close();
      await folder.remove();
    }
  });
});

/** Lets minutes pass until something has come true. What is unpacked takes true time, which virtual time does not wait for. */
async function untilTrue({ clock }: BridgeWorld, isTrue: () => boolean): Promise<void> {
  while (!isTrue()) {
    await clock.pass(clock.trueNow() + MINUTE);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
