import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../src/delivery/outcome.ts';
import { BadAnswerError, HttpStatusError, UnavailableError } from '../../src/http/errors.ts';
import { BEGIN, laneWorlds } from './runner-world.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const setUp = laneWorlds();

const unavailable = (status = 500, retryAfterMs?: number) =>
  new UnavailableError('GET /simulated', 5, {
    ...{ reason: `answered ${status}`, status },
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });

const REFUSED: Outcome = { kind: 'failed', blame: 'conversation', status: 400, reason: 'bad span' };
const AWAY: Outcome = { kind: 'failed', blame: 'unknown', reason: 'the collector answered 503' };

describe('what it costs', () => {
  test('ElevenLabs: not more than 1.05 fetches a conversation, over days', async () => {
    const { clock, vendor, collector, simulation, add } = await setUp();
    add(300, BEGIN + HOUR, BEGIN + 2 * DAY);
    await simulation.start();
    await clock.pass(BEGIN + 2 * DAY + HOUR);
    expect(collector.arrivals.size).toBe(300);
    expect(vendor.requests.get / 300).toBeLessThanOrEqual(1.05);
  });

  test('Tavus: three fetches a conversation, that of its delivery and two later looks', async () => {
    const settings = { CALLSPAN_POLL_INTERVAL: '2m' };
    const { clock, vendor, collector, simulation, add } = await setUp({ provider: 'tavus', settings });
    add(150, BEGIN + HOUR, BEGIN + 2 * DAY);
    await simulation.start();
    await clock.pass(BEGIN + 3 * DAY + 2 * HOUR);
    expect(collector.arrivals.size).toBe(150);
    expect(vendor.requests.get).toBeLessThanOrEqual(3 * 150);
  });

  test('nothing to do costs a poll every thirty seconds and a sweep every fifteen minutes', async () => {
    const { clock, vendor, simulation } = await setUp();
    await simulation.start();
    await clock.pass(BEGIN + HOUR);
    expect(vendor.requests.list).toBeLessThanOrEqual(120 + 4 + 1);
    expect(vendor.requests.list).toBeGreaterThan(110);
  });
});

describe('what comes late to a conversation', () => {
  test('is looked for half an hour and a day after its end, and sent alone', async () => {
    const { clock, vendor, collector, simulation, book, add } = await setUp({ provider: 'tavus' });
    const [id = ''] = add(1, BEGIN + MINUTE, BEGIN + MINUTE);
    const call = book.call(id);
    if (call?.provider !== 'tavus') throw new Error('No call');
    book.remove(id);
    const recorded = { type: 'application.recording_ready', properties: { s3_key: 'k' } };
    const events = [12 * MINUTE, 5 * HOUR].map((after) => {
      const at = call.end + after * 1000;
      return { ...recorded, at, seenAt: at, visibleAt: at };
    });
    book.add({ ...call, events: [...call.events, ...events] });
    await simulation.start();
    await clock.pass(BEGIN + 11 * MINUTE);
    const atOnce = collector.arrivals.get(id)?.size ?? 0;
    expect(atOnce).toBeGreaterThan(3);
    await clock.pass(BEGIN + 40 * MINUTE);
    expect(collector.arrivals.get(id)?.size).toBe(atOnce + 1);
    await clock.pass(BEGIN + 2 * DAY);
    expect(collector.arrivals.get(id)?.size).toBe(atOnce + 2);
    expect(vendor.requests.get).toBe(3);
    expect(collector.repeated).toEqual([]);
    expect(collector.deliveries).toBe(3);
    expect(await simulation.ledger.conversations.nextDue(simulation.runner.id)).toBeUndefined();
  });

  test('is not looked for where the moments had passed at the delivery; two that were missed are one look', async () => {
    const { clock, vendor, simulation, add } = await setUp({ provider: 'tavus' });
    add(1, BEGIN - 2 * HOUR, BEGIN - 2 * HOUR);
    await simulation.start();
    await clock.pass(BEGIN + 2 * DAY);
    expect(vendor.requests.get).toBe(2);
  });

  test('counts no conversation twice', async () => {
    const { clock, simulation, add } = await setUp({ provider: 'tavus' });
    add(3, BEGIN + MINUTE, BEGIN + HOUR, 'recording-ready');
    await simulation.start();
    await clock.pass(BEGIN + 2 * DAY);
    const counted = (await simulation.ledger.series()).filter(
      ({ metric }) => metric === 'callspan.conversations',
    );
    expect(counted.reduce((sum, { count }) => sum + Number(count), 0)).toBe(3);
  });
});

describe('a vendor that fails', () => {
  test('with 500 for an hour: said once, nothing lost, nothing dead, nothing sent twice', async () => {
    let isDown = false;
    const { clock, collector, simulation, add, tallies, lines } = await setUp({
      vendor: { fail: () => (isDown ? unavailable() : undefined) },
    });
    add(60, BEGIN, BEGIN + 3 * HOUR);
    await simulation.start();
    await clock.pass(BEGIN + HOUR);
    isDown = true;
    await clock.pass(BEGIN + 2 * HOUR);
    isDown = false;
    await clock.pass(BEGIN + 4 * HOUR);
    expect(collector.arrivals.size).toBe(60);
    expect(collector.repeated).toEqual([]);
    expect(await tallies()).toMatchObject({ delivered: 60, dead: 0 });
    expect(lines('error').map(({ message }) => message)).toEqual([
      'the source cannot be used: GET /simulated: unavailable after 5 tries: answered 500',
    ]);
    expect(lines('info').filter(({ message }) => message === 'the source can be used again')).toHaveLength(1);
  });

  test('with 500 for half a day, but for its list: nothing becomes a dead letter, and it is not hammered', async () => {
    let isDown = false;
    const { clock, vendor, collector, simulation, add, tallies, lines } = await setUp({
      vendor: { fail: (route) => (isDown && route === 'get' ? unavailable() : undefined) },
    });
    add(100, BEGIN, BEGIN + 12 * HOUR);
    await simulation.start();
    await clock.pass(BEGIN + HOUR);
    const before = vendor.requests.get;
    isDown = true;
    await clock.pass(BEGIN + 13 * HOUR);
    expect(vendor.requests.get - before).toBeLessThan(12 * 60);
    expect((await tallies()).dead).toBe(0);
    isDown = false;
    await clock.pass(BEGIN + 18 * HOUR);
    expect(await tallies()).toMatchObject({ delivered: 100, due: 0, dead: 0 });
    expect(collector.repeated).toEqual([]);
    expect(lines('error')).toHaveLength(1);
  });

  test('with HTML instead of conversations: it is left alone for a while, not asked as fast as it answers', async () => {
    const html = new BadAnswerError('GET /simulated', 200, 'text/html', 'is not JSON but HTML');
    let isDown = true;
    const { clock, vendor, simulation, add, tallies } = await setUp({
      vendor: { fail: (route) => (isDown && route === 'get' ? html : undefined) },
    });
    add(200, BEGIN - 20 * HOUR, BEGIN - HOUR);
    await simulation.start();
    await clock.pass(BEGIN + HOUR);
    expect(vendor.requests.get).toBeLessThan(300);
    isDown = false;
    await clock.pass(BEGIN + 6 * HOUR);
    expect(await tallies()).toMatchObject({ delivered: 200, dead: 0 });
  });

  test('with a storm of 429 and Retry-After: left alone as long as it asks for', async () => {
    let isDown = true;
    const { clock, vendor, simulation, add, tallies, lines } = await setUp({
      vendor: { fail: () => (isDown ? unavailable(429, 20 * MINUTE) : undefined) },
    });
    add(20, BEGIN - 20 * HOUR, BEGIN - HOUR);
    await simulation.start();
    await clock.pass(BEGIN + HOUR);
    expect(vendor.requests.list + vendor.requests.get).toBeLessThanOrEqual(3 * 2);
    isDown = false;
    await clock.pass(BEGIN + 2 * HOUR);
    expect(await tallies()).toMatchObject({ delivered: 20, dead: 0 });
    expect(lines('error')).toHaveLength(1);
  });

  test('with a storm of 429 and nothing else said: left alone for longer and longer', async () => {
    let isDown = true;
    const { clock, vendor, simulation, add, tallies } = await setUp({
      vendor: { fail: () => (isDown ? unavailable(429, 0) : undefined) },
    });
    add(20, BEGIN - 20 * HOUR, BEGIN - HOUR);
    await simulation.start();
    await clock.pass(BEGIN + HOUR);
    expect(vendor.requests.list + vendor.requests.get).toBeLessThan(50);
    isDown = false;
    await clock.pass(BEGIN + 2 * HOUR);
    expect(await tallies()).toMatchObject({ delivered: 20, dead: 0 });
  });

  test('with a key that it refuses: said once, asked every five minutes, all delivered when it takes it', async () => {
    let isRefused = true;
    let requests = 0;
    const refused = () => {
      requests++;
      // Every answer has an id of its own, which makes no new trouble of it.
      const said = { code: 'invalid_api_key', words: 'Invalid API key', requestId: `r${requests}` };
      return new HttpStatusError('GET /simulated', 401, said);
    };
    const { clock, simulation, add, tallies, lines } = await setUp({
      vendor: { fail: () => (isRefused ? refused() : undefined) },
    });
    add(5, BEGIN - 20 * HOUR, BEGIN - HOUR);
    await simulation.start();
    await clock.pass(BEGIN + 2 * HOUR);
    expect(requests).toBeLessThan(30);
    expect(lines('error').map(({ message }) => message)).toEqual([
      'the source cannot be used: GET /simulated: answered 401 invalid_api_key: Invalid API key (request id r1); check its API key and that it may read conversations',
    ]);
    isRefused = false;
    await clock.pass(BEGIN + 3 * HOUR);
    expect(await tallies()).toMatchObject({ delivered: 5 });
  });

  test('with a filter that it does not know: each active conversation is asked for by itself', async () => {
    const { clock, simulation, add, tallies } = await setUp({
      provider: 'tavus',
      vendor: {},
    });
    add(5, BEGIN, BEGIN + HOUR);
    await simulation.start();
    await clock.pass(BEGIN + 3 * HOUR);
    expect((await tallies()).delivered).toBe(5);
  });
});

describe('a conversation that the vendor cannot show', () => {
  test('but after half an hour keeps no other waiting', async () => {
    let slow = '';
    const { clock, collector, simulation, add } = await setUp({
      vendor: { latency: (id) => (id === slow ? 30 * MINUTE : 50) },
    });
    [slow = ''] = add(1, BEGIN - HOUR, BEGIN - HOUR);
    await simulation.start();
    await clock.pass(BEGIN + MINUTE);
    const others = add(5, BEGIN + MINUTE, BEGIN + 2 * MINUTE);
    await clock.pass(BEGIN + 20 * MINUTE);
    expect([...collector.arrivals.keys()].sort()).toEqual([...others].sort());
    await clock.pass(BEGIN + 32 * MINUTE);
    expect(collector.arrivals.has(slow)).toBe(true);
  });

  test('is a dead letter after ten attempts while others pass, and delays none of them', async () => {
    let bad = '';
    const { clock, simulation, add, tallies, lines } = await setUp({
      vendor: { fail: (_, id) => (id === bad ? unavailable() : undefined) },
    });
    const ids = add(200, BEGIN, BEGIN + 2 * DAY);
    bad = ids[0] ?? '';
    await simulation.start();
    await clock.pass(BEGIN + 2 * DAY + HOUR);
    expect(await tallies()).toMatchObject({ delivered: 199, dead: 1 });
    expect(lines('error').map(({ message, fields }) => [message, fields.conversation])).toEqual([
      ['dead letter', bad],
    ]);
    expect(lines('error')[0]?.fields.reason).toMatch(/answered 500 \(10 attempts\)$/);
  });

  test('is not given up for dead where nothing else was there to tell whose fault it is', async () => {
    let bad = '';
    const { clock, simulation, add, tallies } = await setUp({
      vendor: { fail: (_, id) => (id === bad ? unavailable() : undefined) },
    });
    bad = add(1, BEGIN, BEGIN + HOUR)[0] ?? '';
    await simulation.start();
    await clock.pass(BEGIN + 3 * DAY);
    expect(await tallies()).toMatchObject({ due: 1, dead: 0 });
    bad = '';
    await clock.pass(BEGIN + 3 * DAY + 3 * HOUR);
    expect(await tallies()).toMatchObject({ delivered: 1 });
  });

  test('is asked for twice before it is taken for gone, if it has only just ended', async () => {
    let isMissing = true;
    const { clock, simulation, add, tallies } = await setUp({
      vendor: {
        fail: (route, id) =>
          route === 'get' && isMissing
            ? new HttpStatusError(`GET ${id}`, 404, { code: 'conversation_not_found' })
            : undefined,
      },
    });
    add(1, BEGIN + MINUTE, BEGIN + MINUTE);
    await simulation.start();
    while ((await tallies()).due === 0) await clock.pass(clock.trueNow() + MINUTE);
    isMissing = false;
    await clock.pass(BEGIN + HOUR);
    expect(await tallies()).toMatchObject({ delivered: 1, gone: 0 });
  });

  test('and has not ended for a week is not waited for any longer', async () => {
    const { clock, simulation, book, tallies } = await setUp({ settings: { CALLSPAN_POLL_INTERVAL: '5m' } });
    book.add({ provider: 'elevenlabs', seed: 1, index: 0, startAt: BEGIN + MINUTE, scenario: 'two-hours' });
    const neverEnds = [...book.calls('elevenlabs')][0];
    if (!neverEnds) throw new Error('No call');
    book.remove(neverEnds.id);
    const steps = neverEnds.steps.slice(0, 2);
    book.add({ ...neverEnds, id: 'conv_stuck', steps });
    await simulation.start();
    await clock.pass(BEGIN + 6 * DAY);
    expect(await tallies()).toMatchObject({ active: 1 });
    await clock.pass(BEGIN + 8 * DAY);
    expect(await tallies()).toMatchObject({ active: 0, empty: 1 });
  });
});

describe('a collector that is away', () => {
  test('for a day: nothing is fetched in vain, lists are walked seldom, and all is delivered in the end', async () => {
    let isAway = true;
    const { clock, vendor, collector, simulation, add, tallies, lines } = await setUp({
      answer: () => (isAway ? AWAY : undefined),
    });
    add(400, BEGIN - 10 * HOUR, BEGIN + 20 * HOUR);
    await simulation.start();
    await clock.pass(BEGIN + DAY);
    // One for each third try of the collector, which come every five minutes in the end.
    expect(vendor.requests.get).toBeLessThan(DAY / (5 * MINUTE));
    expect(vendor.requests.list).toBeLessThan((2 * DAY) / (5 * MINUTE) + 50);
    isAway = false;
    await clock.pass(BEGIN + DAY + HOUR);
    expect(await tallies()).toMatchObject({ delivered: 400, dead: 0, due: 0 });
    expect(collector.repeated).toEqual([]);
    expect(lines('warn').filter(({ message }) => message === 'not delivered yet')).toEqual([]);
  });
});

describe('conversations that no collector takes', () => {
  test('are dead letters after ten attempts, while the others are delivered at once', async () => {
    const bad = new Set<string>();
    const { clock, collector, simulation, add, tallies } = await setUp({
      answer: (id) => (bad.has(id) ? AWAY : undefined),
    });
    const ids = add(300, BEGIN, BEGIN + 2 * DAY);
    for (const id of ids.slice(0, 8)) bad.add(id);
    await simulation.start();
    await clock.pass(BEGIN + 2 * DAY + HOUR);
    expect(await tallies()).toMatchObject({ delivered: 292, dead: 8 });
    expect(collector.repeated).toEqual([]);
  });

  test('do not keep a quiet account from finding out about the next conversation', async () => {
    const bad = new Set<string>();
    const { clock, simulation, add, tallies } = await setUp({
      answer: (id) => (bad.has(id) ? AWAY : undefined),
    });
    for (const id of add(12, BEGIN - 12 * HOUR, BEGIN - HOUR)) bad.add(id);
    await simulation.start();
    await clock.pass(BEGIN + 2 * HOUR);
    add(1, BEGIN + 2 * HOUR, BEGIN + 2 * HOUR);
    await clock.pass(BEGIN + 3 * HOUR);
    expect((await tallies()).delivered).toBe(1);
  });

  test('and are refused for what they are are dead letters at once', async () => {
    const bad = new Set<string>();
    const { clock, simulation, add, tallies, lines } = await setUp({
      answer: (id) => (bad.has(id) ? REFUSED : undefined),
    });
    const ids = add(10, BEGIN - 5 * HOUR, BEGIN - HOUR);
    bad.add(ids[3] ?? '');
    await simulation.start();
    await clock.pass(BEGIN + MINUTE);
    expect(await tallies()).toMatchObject({ delivered: 9, dead: 1 });
    expect(lines('error')[0]?.fields.reason).toBe('the collector refused it (400): bad span');
  });
});

test('an unknown name is told once, with a conversation to look at', async () => {
  const { clock, simulation, add } = await setUp({ provider: 'tavus' });
  const told: [string, string][] = [];
  add(20, BEGIN - 5 * HOUR, BEGIN - HOUR, 'unknown-events');
  await simulation.start((names, conversation) => {
    for (const name of names) told.push([name, conversation]);
  });
  await clock.pass(BEGIN + HOUR);
  expect(told.length).toBeGreaterThan(20);
  expect(told.every(([, conversation]) => /^c[0-9a-f]+$/.test(conversation))).toBe(true);
});
