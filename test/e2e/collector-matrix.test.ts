import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  type CallBook,
  type Fault,
  type PlacedFault,
  type SeenRequest,
  startSink,
} from '../../sandbox/index.ts';
import { SimulatedVendor } from '../bridge/simulated-vendor.ts';
import { ledgerFolder, Simulation } from '../bridge/simulation.ts';
import { VirtualClock } from '../bridge/virtual-clock.ts';
import { HOUR, makeWorld, type World, type WorldOptions } from '../bridge/world.ts';
import { callspan } from '../cli/program.ts';
import { closedPort } from '../http/test-server.ts';
import { recorded, type Told, WorkingBridge } from './collector-bridge.ts';
import { CountedCollector } from './collector-counted.ts';

/** What a real collector cannot be made to answer, from one that can; with the built program and both its roads. */

const CALLS = 10;

let world: World;
let environment: Record<string, string>;
let bridge: WorkingBridge | undefined;

beforeEach(async () => {
  await open();
});

afterEach(async () => {
  await bridge?.stop();
  bridge = undefined;
  await world.close();
});

async function open(options: WorldOptions = {}): Promise<void> {
  world = await makeWorld({ ...options, sink: { log: true, ...options.sink } });
  environment = { ...world.environment, OTEL_EXPORTER_OTLP_COMPRESSION: 'none' };
}

/** So many conversations that were over hours ago, half of each vendor, and so of each road to the collector. */
function talked(book: CallBook, count = CALLS): string[] {
  return (['elevenlabs', 'tavus'] as const).flatMap((provider) => {
    const [from, to] = [Date.now() - 9 * HOUR, Date.now() - 3 * HOUR];
    return book.fill({ provider, seed: 31, count: count / 2, from, to, scenario: 'ordinary' });
  });
}

function start(settings: Record<string, string> = {}): WorkingBridge {
  bridge = new WorkingBridge({ ...environment, ...settings });
  return bridge;
}

const traces = (fault: Fault, more: { times?: number; when?: (request: SeenRequest) => boolean } = {}) =>
  world.sink.faults.add({ route: 'traces', fault, ...more });

const requests = () => world.sink.requests.all.filter(({ route }) => route === 'traces');

/** Everything has been delivered, as an undisturbed callspan would deliver it, and is counted once. */
async function expectEverything(count = CALLS): Promise<void> {
  const undisturbed = await startSink();
  try {
    const settings = {
      CALLSPAN_STATE: `${world.folder}/undisturbed.db`,
      OTEL_EXPORTER_OTLP_ENDPOINT: undisturbed.url,
    };
    expect(await world.runOnce(settings)).toMatchObject({ delivered: count, failures: [], dead: 0 });
    expect(world.sink.traces().toSorted()).toEqual(undisturbed.traces().toSorted());
    for (const traceId of undisturbed.traces()) {
      for (const { spanId, forms } of undisturbed.spans(traceId)) {
        const came = world.sink.span(traceId, spanId)?.forms.map(({ digest }) => digest);
        expect(came, `${traceId}/${spanId}`).toEqual(forms.map(({ digest }) => digest));
      }
    }
  } finally {
    await undisturbed.close();
  }
  expect(await recorded(environment)).toEqual({ delivered: count, due: 0, dead: 0, counted: count });
}

/** What the collector answers until all that callspan knows waits for it, and then not any more. */
async function overcome(fault: Fault, settings: Record<string, string> = {}): Promise<Told | undefined> {
  talked(world.book);
  const placed = traces(fault);
  const working = start(settings);
  await working.records({ delivered: 0, due: CALLS, dead: 0 });
  const [away] = await working.tells('the collector is away');
  placed.remove();
  await working.records({ delivered: CALLS });
  await expectEverything();
  expect(await working.tells('the collector is back')).toHaveLength(1);
  expect(working.told('the collector is away')).toHaveLength(1);
  return away;
}

describe('promise: every finished conversation is delivered at least once', () => {
  test('fault: the collector answers 503 → said once, all is delivered when it is back', async () => {
    const away = await overcome({ kind: 'status', status: 503, body: { message: 'not now' } });
    expect(away?.reason).toMatch(/answered 503: not now$/);
  });

  test('fault: the collector takes the connection and says nothing → given up after the timeout, tried again', async () => {
    const away = await overcome({ kind: 'silence' }, { OTEL_EXPORTER_OTLP_TIMEOUT: '400' });
    expect(away?.reason).toMatch(/no complete answer within 400 ms$/);
  });

  test('fault: every connection is reset → tried again until one holds', async () => {
    await overcome({ kind: 'reset-before-headers' }, { OTEL_EXPORTER_OTLP_TIMEOUT: '1000' });
  });

  test('fault: something else answers 200, with a page for people → not taken for a collector', async () => {
    const away = await overcome({ kind: 'html', status: 200 });
    expect(away?.reason).toMatch(/with a page: check the endpoint and the proxy, that is no collector/);
  });

  test('fault: the collector wants other headers (401) → says which setting to check; nothing is given up, and with the right headers all is delivered', async () => {
    talked(world.book);
    traces(
      { kind: 'status', status: 401 },
      {
        when: ({ headers }) =>
          headers.authorization !== 'Bearer of good news' || headers['x-tenant'] !== 'a=1',
      },
    );
    const settings = { OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20of%20old%20news' };
    const stranger = start(settings);
    const [away] = await stranger.tells('the collector is away');
    expect(away?.reason).toMatch(/answered 401: check the credentials in the headers of the destination$/);
    await stranger.records({ delivered: 0, due: CALLS, dead: 0 });
    await stranger.stop();

    const known = start({
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20of%20good%20news,X-Tenant=a%3D1',
    });
    await known.records({ delivered: CALLS });
    await expectEverything();
  });

  test.each([413, 400] as const)(
    'fault: the collector takes no request above some size (%d) → sent in smaller and smaller parts, whole in the end',
    async (tooLarge) => {
      await world.close();
      await open({ sink: { maxBytes: 9_000, tooLarge } });
      talked(world.book);
      const working = start();
      await working.records({ delivered: CALLS });
      await expectEverything();
      expect(requests().length).toBeGreaterThan(3 * CALLS);
    },
  );

  test('fault: 429 with Retry-After: 2 → no request before that', async () => {
    for (const provider of ['elevenlabs', 'tavus'] as const) {
      world.book.add({ provider, seed: 5, index: 0, startAt: Date.now() - 5 * HOUR, scenario: 'ordinary' });
      world.sink.requests.clear();
      traces({ kind: 'status', status: 429, headers: { 'retry-after': '2' } }, { times: 1 });
      const working = start();
      await working.records({ due: 0, dead: 0, delivered: provider === 'tavus' ? 2 : 1 });
      const [first, second, ...more] = requests().map(({ at }) => at);
      expect(more).toEqual([]);
      expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(2_000);
      await working.stop();
    }
    await expectEverything(2);
  });

  test('fault: 429 with Retry-After: 60 → the next try is planned for a minute later; a restart meanwhile loses nothing', async () => {
    for (const provider of ['elevenlabs', 'tavus'] as const) {
      world.book.add({ provider, seed: 5, index: 0, startAt: Date.now() - 5 * HOUR, scenario: 'ordinary' });
      world.sink.requests.clear();
      const asking = traces({ kind: 'status', status: 429, headers: { 'retry-after': '60' } });
      const working = start();
      const [away] = await working.tells('the collector is away');
      expect(away?.msg).toBe('the collector is away; next try in 1 min');
      expect(requests()).toHaveLength(1);
      await working.stop();
      asking.remove();
    }
    const next = start();
    await next.records({ delivered: 2 });
    await expectEverything(2);
  });
});

describe('promise: every repetition is byte for byte the same, and counts once', () => {
  const repeated = () =>
    world.sink.traces().filter((traceId) => world.sink.arrivals(traceId) > world.sink.spans(traceId).length);

  test.each<[string, Fault]>([
    ['and dies before it says so', { kind: 'accept-then-reset' }],
    ['and says 503', { kind: 'status', status: 503, accepts: true }],
    ['and says nothing', { kind: 'silence', accepts: true }],
  ])('fault: the collector takes the spans %s → they come again, the same to the byte', async (_, fault) => {
    const ids = talked(world.book);
    const struck = new Set<string>();
    const isFirst = ({ body }: SeenRequest) => {
      const id = ids.find((id) => body.includes(id));
      const first = id !== undefined && !struck.has(id);
      if (first) struck.add(id);
      return first;
    };
    traces(fault, { when: isFirst });
    const working = start({ OTEL_EXPORTER_OTLP_TIMEOUT: '1000' });
    await working.records({ delivered: CALLS });
    expect(repeated()).toHaveLength(CALLS);
    expect(world.sink.differing()).toEqual([]);
    await expectEverything();
  });

  test('fault: what answers 200 says something that no collector says → not taken for one; all comes once it does', async () => {
    const away = await overcome({ kind: 'status', status: 200, body: { error: 'unauthorized' } });
    expect(away?.reason).toMatch(/that is no collector: unauthorized$/);
  });

  test('fault: a partial success → counted, and told with the conversation; not sent again', async () => {
    const ids = talked(world.book);
    traces({ kind: 'partial-success', rejected: 2, message: 'two spans were too old' });
    const listen = `127.0.0.1:${await closedPort()}`;
    const working = start({ CALLSPAN_LISTEN: listen });
    await working.records({ delivered: CALLS, counted: CALLS });
    expect(requests()).toHaveLength(CALLS);
    const told = await working.tells('delivered, and the collector has something to say', CALLS);
    expect(told.map(({ conversation }) => conversation).toSorted()).toEqual(ids.toSorted());
    for (const { rejectedSpans, collector } of told) {
      expect({ rejectedSpans, collector }).toEqual({ rejectedSpans: 2, collector: 'two spans were too old' });
    }
    const metrics = await (await fetch(`http://${listen}/metrics`)).text();
    for (const source of ['elevenlabs', 'tavus']) {
      expect(metrics).toMatch(
        new RegExp(
          `^callspan_delivery_spans_rejected_total\\{.*callspan_source="${source}".*\\} ${CALLS}$`,
          'm',
        ),
      );
    }
  });
});

describe('promise: one bad conversation never harms another', () => {
  test('fault: the collector refuses one conversation of each vendor (400) → dead letters once another has passed between two refusals, with its words; the others are delivered, and retry --dead sends them when they are taken', async () => {
    const bad: string[] = [];
    const refusals: PlacedFault[] = [];
    for (const provider of ['elevenlabs', 'tavus'] as const) {
      const [from, to] = [Date.now() - 9 * HOUR, Date.now() - 3 * HOUR];
      const ids = world.book.fill({ provider, seed: 31, count: CALLS / 2, from, to, scenario: 'ordinary' });
      // The latest is the first to be sent.
      const id = ids.at(-1) ?? '';
      bad.push(id);
      let letOthersPass: (value?: unknown) => void = () => expect.fail('nobody is held');
      const until = new Promise((resolve) => {
        letOthersPass = resolve;
      });
      const refuses = ({ body }: SeenRequest) => {
        const isBad = body.includes(id);
        if (isBad) letOthersPass();
        return isBad;
      };
      const body = { code: 3, message: 'bad trace id' };
      refusals.push(traces({ kind: 'status', status: 400, body }, { when: refuses }));
      // The others pass when it has been refused once: that shows whose fault it is.
      const held = traces({ kind: 'hold', until });
      const working = start({ OTEL_EXPORTER_OTLP_TIMEOUT: '600000' });
      await working.records({ delivered: bad.length * (CALLS / 2 - 1), due: 0, dead: bad.length });
      const [letter, ...more] = await working.tells('dead letter');
      expect(more).toEqual([]);
      expect(letter).toMatchObject({
        conversation: id,
        reason: 'the collector refused it (400): bad trace id',
      });
      expect(working.told('the collector is away')).toEqual([]);
      held.remove();
      await working.stop();
    }
    for (const refusal of refusals) {
      expect(refusal.hits).toBeGreaterThanOrEqual(2);
      refusal.remove();
    }

    const working = start();
    await working.tells('callspan is running');
    expect((await callspan(['retry', '--dead'], environment)).stdout).toBe(
      '2 due again; the running bridge delivers them\n',
    );
    await working.records({ delivered: CALLS });
    await expectEverything();
  });

  test('fault: the collector answers 500 to one conversation whenever it comes, among a hundred good ones → a dead letter after ten attempts while others pass; the hundred are delivered as if it were not there', async () => {
    for (const provider of ['elevenlabs', 'tavus'] as const) {
      const folder = await ledgerFolder();
      const clock = new VirtualClock({ seed: 7 });
      const begin = clock.now();
      const good = 100;
      const ids = world.book.fill({
        ...{ provider, seed: 41, count: good + 1, scenario: 'ordinary' },
        ...{ from: begin, to: begin + 20 * HOUR },
      });
      const poison = ids[0] ?? '';
      world.sink.clear();
      const poisoning = traces(
        { kind: 'status', status: 500 },
        { when: ({ body }) => body.includes(poison) },
      );
      const collector = new CountedCollector(world.sink.tracesUrl);
      const simulation = new Simulation({
        ...{ clock, provider, collector, file: `${folder.path}/callspan.db` },
        vendor: new SimulatedVendor({ book: world.book, provider, clock }),
        settings: { CALLSPAN_POLL_INTERVAL: '5m' },
      });
      await simulation.start();
      const tallies = () => simulation.ledger.sources.tallies(simulation.runner.id);
      let waiting = 0;
      while (clock.now() < begin + 21 * HOUR) {
        await clock.pass(clock.now() + HOUR / 60);
        await vi.waitUntil(() => collector.underWay === 0, { interval: 1 });
        waiting = Math.max(waiting, (await tallies()).due);
      }
      expect(await tallies()).toMatchObject({ delivered: good, due: 0, dead: 1 });
      const letters = simulation.log.filter(({ message }) => message === 'dead letter');
      expect(letters.map(({ fields }) => fields.conversation)).toEqual([poison]);
      expect(letters[0]?.fields.reason).toMatch(/answered 500 \(10 attempts\)$/);
      // The poisoned one, and those that have ended since the last poll.
      expect(waiting).toBeLessThanOrEqual(3);
      expect(world.sink.traces()).toHaveLength(good);
      for (const traceId of world.sink.traces()) {
        expect(world.sink.arrivals(traceId)).toBe(world.sink.spans(traceId).length);
      }
      expect(poisoning.hits).toBeGreaterThanOrEqual(10);
      poisoning.remove();
      await simulation.stop();
      await collector.close();
      await folder.remove();
    }
  });
});
