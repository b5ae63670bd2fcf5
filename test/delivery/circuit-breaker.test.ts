import { describe, expect, test } from 'vitest';
import {
  CircuitBreaker,
  type CircuitBreakerOptions,
  CollectorDown,
  type Passage,
} from '../../src/delivery/circuit-breaker.ts';
import type { Delivery } from '../../src/delivery/delivery.ts';
import type { Outcome } from '../../src/delivery/outcome.ts';
import { type SpanBatch, toOtlp } from '../../src/trace/span-batch.ts';
import { VirtualClock } from '../bridge/virtual-clock.ts';
import { otlpBatch } from '../trace/encode-otlp.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const BEGIN = Date.UTC(2026, 0, 1);

const ACCEPTED: Outcome = { kind: 'accepted', rejectedSpans: 0 };
const REFUSED: Outcome = { kind: 'failed', blame: 'conversation', status: 400, reason: 'bad span' };
const AWAY: Outcome = { kind: 'failed', blame: 'unknown', status: 503, reason: 'answered 503' };

/** A collector that answers as it is told, some milliseconds after it was asked. */
class ToldCollector implements Delivery {
  answer: (key: string) => Outcome = () => ACCEPTED;
  readonly asked: { key: string; at: number }[] = [];
  underWay = 0;
  mostUnderWay = 0;
  readonly #clock: VirtualClock;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  async deliver(batch: SpanBatch, signal: AbortSignal): Promise<Outcome> {
    const key = batch.kind === 'spans' ? '' : (toOtlp(batch).resourceSpans[0]?.schemaUrl ?? '');
    this.asked.push({ key, at: this.#clock.trueNow() - BEGIN });
    this.underWay++;
    this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay);
    try {
      await this.#clock.sleep(20, signal);
    } finally {
      this.underWay--;
    }
    return this.answer(key);
  }

  async close(): Promise<void> {}
}

function setUp(options: Partial<CircuitBreakerOptions> = {}) {
  const clock = new VirtualClock({ now: BEGIN, seed: 3 });
  const collector = new ToldCollector(clock);
  const breaker = new CircuitBreaker(collector, { clock, ...options });
  const stop = new AbortController();
  const send = (key: string, suspect = false): Promise<Passage> =>
    breaker.deliver(cargoOf(key), { key, waiting: stop.signal, sending: stop.signal, suspect });
  return { clock, collector, breaker, stop, send };
}

function cargoOf(key: string): SpanBatch {
  const span = {
    ...{ traceId: 'f'.repeat(32), spanId: 'e'.repeat(16), name: 'span', kind: 1, attributes: [] },
    ...{ startTimeUnixNano: '1', endTimeUnixNano: '2' },
  };
  return otlpBatch({ resourceSpans: [{ schemaUrl: key, scopeSpans: [{ spans: [span] }] }] });
}

/** What the promises have come to so far. */
function outcomes(passages: readonly Promise<Passage>[]): (string | undefined)[] {
  const kinds: (string | undefined)[] = passages.map(() => undefined);
  for (const [index, passage] of passages.entries()) {
    passage.then(
      ({ kind }) => {
        kinds[index] = kind;
      },
      (error: unknown) => {
        kinds[index] = error instanceof Error ? error.name : 'thrown';
      },
    );
  }
  return kinds;
}

describe('while the collector is well', () => {
  test('everybody passes at once, side by side', async () => {
    const { clock, collector, send } = setUp();
    const kinds = outcomes(['a', 'b', 'c'].map((key) => send(key)));
    await clock.pass(BEGIN + 20);
    expect(kinds).toEqual(['accepted', 'accepted', 'accepted']);
    expect(collector.mostUnderWay).toBe(3);
  });

  test('that it is one is doubted once, and not any more when it answers as one', async () => {
    const told: (string | undefined)[] = [];
    const { clock, collector, breaker, send } = setUp({ onDoubt: (doubt) => told.push(doubt) });
    collector.answer = () => ({ ...ACCEPTED, doubt: 'broke off' });
    const kinds = outcomes([send('a'), send('b')]);
    await clock.pass(BEGIN + SECOND);
    expect(kinds).toEqual(['accepted', 'accepted']);
    expect(told).toEqual(['broke off']);
    expect(breaker.complaint).toBe('broke off');
    collector.answer = () => ACCEPTED;
    outcomes([send('c')]);
    await clock.pass(BEGIN + 2 * SECOND);
    expect(told).toEqual(['broke off', undefined]);
    expect(breaker.complaint).toBeUndefined();
  });
});

describe('while the collector is away', () => {
  test('one at a time tries, after pauses that grow to five minutes', async () => {
    const { clock, collector, send } = setUp();
    collector.answer = () => AWAY;
    outcomes(['a', 'b', 'c', 'd'].map((key) => send(key)));
    await clock.pass(BEGIN + SECOND / 4);
    expect(collector.mostUnderWay).toBe(4);
    collector.mostUnderWay = 0;
    for (let turn = 0; turn < 40; turn++) {
      await clock.pass(clock.trueNow() + 6 * MINUTE);
      outcomes([send(`later ${turn}`)]);
    }
    expect(collector.mostUnderWay).toBe(1);
    const pauses = collector.asked.slice(4).map(({ at }, index, all) => at - (all[index - 1]?.at ?? 0));
    for (const [index, pause] of pauses.slice(1).entries()) {
      const backOff = Math.min(300 * SECOND, SECOND * 2 ** (index + 1));
      expect(pause).toBeGreaterThanOrEqual(backOff / 2);
    }
    expect(Math.max(...pauses.slice(1))).toBeLessThanOrEqual(12 * MINUTE);
  });

  test('nobody tries before the time that it asked for has passed, up to an hour', async () => {
    const { clock, collector, send } = setUp();
    collector.answer = () => ({ ...AWAY, retryAfterMs: HOUR });
    const kinds = outcomes(['a', 'b'].map((key) => send(key)));
    await clock.pass(BEGIN + HOUR);
    expect(collector.asked).toHaveLength(2);
    collector.answer = () => ACCEPTED;
    await clock.pass(BEGIN + HOUR + 2 * SECOND);
    expect(kinds).toEqual(['accepted', 'accepted']);
  });

  test('who comes while only one has failed tries at once, unless it asked to be left alone', async () => {
    const { clock, collector, send } = setUp();
    collector.answer = () => ({ ...AWAY, retryAfterMs: HOUR });
    outcomes([send('a')]);
    await clock.pass(BEGIN + 100);
    outcomes([send('b')]);
    await clock.pass(BEGIN + HOUR / 2);
    expect(collector.asked.map(({ key }) => key)).toEqual(['a']);
    const other = setUp();
    other.collector.answer = () => AWAY;
    outcomes([other.send('a')]);
    await other.clock.pass(BEGIN + 100);
    outcomes([other.send('b'), other.send('c')]);
    await other.clock.pass(BEGIN + 200);
    expect(other.collector.asked.map(({ key }) => key)).toEqual(['a', 'b']);
  });

  test('all go on as soon as one has passed', async () => {
    const { clock, collector, send } = setUp();
    collector.answer = () => AWAY;
    const kinds = outcomes(['a', 'b', 'c'].map((key) => send(key)));
    await clock.pass(BEGIN + 100);
    collector.answer = () => ACCEPTED;
    await clock.pass(BEGIN + 2 * SECOND);
    expect(kinds).toEqual(['accepted', 'accepted', 'accepted']);
  });

  test('it is told once that it is away, and once that it is back', async () => {
    const told: string[] = [];
    const { clock, collector, send } = setUp({
      onClosed: ({ failures }) => told.push(`away ${failures}`),
      onOpened: () => told.push('back'),
    });
    collector.answer = () => AWAY;
    outcomes(['a', 'b', 'c'].map((key) => send(key)));
    await clock.pass(BEGIN + 100);
    expect(told).toEqual(['away 1']);
    collector.answer = () => ACCEPTED;
    await clock.pass(BEGIN + 2 * SECOND);
    expect(told).toEqual(['away 1', 'back']);
  });

  test('it wants no more than two to wait with what they have fetched', async () => {
    const { clock, collector, breaker, send } = setUp();
    expect(breaker.wantsMore).toBe(true);
    collector.answer = () => AWAY;
    outcomes(['a', 'b'].map((key) => send(key)));
    await clock.pass(BEGIN + 100);
    expect(breaker.wantsMore).toBe(false);
    expect(breaker.isAway).toBe(true);
  });

  test('who has tried three times makes room for another', async () => {
    const { clock, collector, send } = setUp();
    collector.answer = () => AWAY;
    const kinds = outcomes([send('a')]);
    await clock.pass(BEGIN + MINUTE);
    expect(kinds).toEqual(['turned away']);
    expect(collector.asked).toHaveLength(3);
  });

  test('who is told to stop waiting does, at once', async () => {
    const { clock, collector, stop, send } = setUp();
    collector.answer = () => AWAY;
    const kinds = outcomes(['a', 'b', 'c'].map((key) => send(key)));
    await clock.pass(BEGIN + 100);
    stop.abort(new Error('stop'));
    await clock.pass(BEGIN + 100);
    expect(kinds).toEqual(['Error', 'Error', 'Error']);
  });

  test('a thousand who wait on one signal put one listener on it', async () => {
    const { clock, collector, stop, send } = setUp();
    let listeners = 0;
    const add = stop.signal.addEventListener.bind(stop.signal);
    stop.signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners++;
      add(...args);
    };
    collector.answer = () => AWAY;
    outcomes(Array.from({ length: 1_000 }, (_, index) => send(`${index}`)));
    await clock.pass(BEGIN + 100);
    expect(listeners).toBeLessThanOrEqual(1);
  });

  test('whoever gives up after five tries does, and says what the collector said', async () => {
    const { clock, collector, send } = setUp({ giveUpAfter: 5 });
    collector.answer = () => AWAY;
    const passages = ['a', 'b'].map((key) => send(key));
    const kinds = outcomes(passages);
    await clock.pass(BEGIN + MINUTE);
    expect(kinds).toEqual(['CollectorDown', 'CollectorDown']);
    await expect(passages[0]).rejects.toThrow(new CollectorDown('answered 503 (5 tries)'));
  });

  test('whoever gives up does not wait for an hour before', async () => {
    const { clock, collector, send } = setUp({ giveUpAfter: 5 });
    collector.answer = () => ({ ...AWAY, retryAfterMs: HOUR });
    const kinds = outcomes([send('a')]);
    await clock.pass(BEGIN + SECOND);
    expect(kinds).toEqual(['CollectorDown']);
  });
});

describe('a conversation that no collector takes', () => {
  const poisoned = (key: string): Outcome => (key.startsWith('poison') ? AWAY : ACCEPTED);

  test('gets its outcome back while others pass', async () => {
    const { clock, collector, send } = setUp();
    collector.answer = poisoned;
    const kinds = outcomes(['poison', 'a', 'b', 'c'].map((key) => send(key)));
    await clock.pass(BEGIN + 3 * SECOND);
    expect(kinds).toEqual(['failed', 'accepted', 'accepted', 'accepted']);
  });

  test('closes nothing for others once it is known', async () => {
    const { clock, collector, breaker, send } = setUp();
    collector.answer = poisoned;
    outcomes([send('a')]);
    await clock.pass(BEGIN + 100);
    const kinds = outcomes([send('poison', true)]);
    await clock.pass(BEGIN + 200);
    expect(kinds).toEqual(['failed']);
    expect(breaker.wantsMore).toBe(true);
    expect(collector.asked).toHaveLength(2);
  });

  test('alone, is not taken for a collector that is away', async () => {
    const { clock, collector, breaker, send } = setUp();
    collector.answer = poisoned;
    outcomes([send('poison')]);
    await clock.pass(BEGIN + 100);
    expect(breaker.isAway).toBe(false);
  });

  test('is known from when another passed after it had failed, although it was not waiting then', async () => {
    const { clock, collector, send } = setUp();
    collector.answer = poisoned;
    const kinds = outcomes([send('poison')]);
    await clock.pass(BEGIN + MINUTE);
    expect(kinds).toEqual(['turned away']);
    const good = outcomes([send('a')]);
    await clock.pass(BEGIN + 2 * MINUTE);
    expect(good).toEqual(['accepted']);
    const again = outcomes([send('poison')]);
    await clock.pass(BEGIN + 2 * MINUTE + 100);
    expect(again).toEqual(['failed']);
  });

  test('lets a good one try before it, however many there are', async () => {
    const { clock, collector, send } = setUp();
    collector.answer = poisoned;
    outcomes(Array.from({ length: 6 }, (_, index) => send(`poison ${index}`)));
    await clock.pass(BEGIN + 100);
    const good = outcomes([send('a')]);
    await clock.pass(BEGIN + 2 * SECOND);
    expect(good).toEqual(['accepted']);
  });
});

describe('a conversation that the collector refuses in so many words', () => {
  const poisoned = (key: string): Outcome => (key.startsWith('poison') ? REFUSED : ACCEPTED);

  test('is told so when another has passed between two refusals, and not before', async () => {
    const { clock, collector, send } = setUp();
    collector.answer = poisoned;
    const kinds = outcomes([send('poison')]);
    await clock.pass(BEGIN + 100);
    expect(kinds).toEqual([undefined]);
    outcomes([send('a')]);
    await clock.pass(BEGIN + MINUTE);
    expect(kinds).toEqual(['failed']);
    expect(collector.asked.filter(({ key }) => key === 'poison')).toHaveLength(2);
  });

  test('among others that are under way delays none of them', async () => {
    const { clock, collector, send } = setUp();
    collector.answer = poisoned;
    const kinds = outcomes(['a', 'b', 'poison', 'c'].map((key) => send(key)));
    await clock.pass(BEGIN + 20);
    expect(kinds).toEqual(['accepted', 'accepted', undefined, 'accepted']);
    const more = outcomes(['d', 'e'].map((key) => send(key)));
    await clock.pass(BEGIN + 40);
    expect(more).toEqual(['accepted', 'accepted']);
    await clock.pass(BEGIN + 3 * SECOND);
    expect(kinds[2]).toBe('failed');
  });

  test('alone in a quiet account is never told so, however long that lasts', async () => {
    const { clock, collector, breaker, send } = setUp();
    collector.answer = poisoned;
    for (let day = 0; day < 30; day++) {
      const kinds = outcomes([send('poison', day > 0)]);
      await clock.pass(clock.trueNow() + 24 * HOUR);
      expect(kinds).toEqual(['turned away']);
    }
    expect(breaker.complaint).toBe('bad span');
    outcomes([send('a')]);
    await clock.pass(clock.trueNow() + HOUR);
    const kinds = outcomes([send('poison', true)]);
    await clock.pass(clock.trueNow() + HOUR);
    expect(kinds).toEqual(['failed']);
  });

  test('is not told so where the collector has come to refuse all, whenever that begins', async () => {
    const { clock, collector, breaker, send } = setUp();
    outcomes(['a', 'b', 'c'].map((key) => send(key)));
    await clock.pass(BEGIN + 10);
    const kinds = outcomes(['d', 'e'].map((key) => send(key)));
    // Three pass while two are under way; then nothing does any more.
    await clock.pass(BEGIN + 25);
    collector.answer = () => REFUSED;
    for (let hour = 1; hour <= 3; hour++) {
      outcomes([send(`later ${hour}`)]);
      await clock.pass(BEGIN + hour * HOUR);
    }
    expect(kinds).toEqual(['turned away', 'turned away']);
    expect(breaker.isAway).toBe(true);
  });

  test('alone in a quiet account delays nobody who comes', async () => {
    const { clock, collector, send } = setUp();
    collector.answer = poisoned;
    outcomes([send('poison')]);
    await clock.pass(BEGIN + 20 * SECOND);
    outcomes([send('poison', true)]);
    await clock.pass(clock.trueNow() + 3 * MINUTE);
    const kinds = outcomes([send('a')]);
    await clock.pass(clock.trueNow() + 20);
    expect(kinds).toEqual(['accepted']);
  });

  test('for the part of it that is too large, while the others were taken, is told so at once', async () => {
    const { clock, collector, breaker, send } = setUp();
    collector.answer = () => ({ ...REFUSED, certain: true });
    const kinds = outcomes([send('a')]);
    await clock.pass(BEGIN + 20);
    expect(kinds).toEqual(['failed']);
    expect(breaker.complaint).toBeUndefined();
  });
});

test('what can only be the destination’s is never held against a conversation, even where others pass', async () => {
  const { clock, collector, send } = setUp();
  const strange: Outcome = {
    kind: 'failed',
    blame: 'destination',
    status: 401,
    reason: 'check the credentials',
  };
  collector.answer = (key) => (key === 'stranger' ? strange : ACCEPTED);
  for (let round = 0; round < 30; round++) {
    const kinds = outcomes([send('stranger', round > 0), send(`good ${round}`)]);
    await clock.pass(clock.trueNow() + 10 * MINUTE);
    expect(kinds).toEqual(['turned away', 'accepted']);
  }
});

test('what may not be sent any more is not sent, and the next one gets the turn', async () => {
  const { clock, collector, breaker, stop } = setUp();
  collector.answer = () => AWAY;
  const order = { waiting: stop.signal, sending: stop.signal };
  const first = breaker.deliver(cargoOf('a'), {
    ...order,
    key: 'a',
    beforeSending: () => {
      if (collector.asked.length > 0) throw new Error('the lease is lost');
    },
  });
  const second = breaker.deliver(cargoOf('b'), { ...order, key: 'b', suspect: true });
  const kinds = outcomes([first, second]);
  await clock.pass(BEGIN + 100);
  collector.answer = () => ACCEPTED;
  await clock.pass(BEGIN + 3 * SECOND);
  expect(kinds).toEqual(['Error', 'accepted']);
});

test('a try that is given up in the middle leaves the turn to the next', async () => {
  const { clock, collector, breaker, send } = setUp();
  collector.answer = () => AWAY;
  const giveUp = new AbortController();
  const waiting = new AbortController().signal;
  const first = breaker.deliver(cargoOf('a'), { key: 'a', waiting, sending: giveUp.signal });
  const kinds = outcomes([first, send('b')]);
  await clock.pass(BEGIN + 100);
  collector.answer = () => ACCEPTED;
  while (collector.underWay === 0) await clock.pass(clock.trueNow() + 10);
  giveUp.abort(new Error('given up'));
  await clock.pass(clock.trueNow() + SECOND);
  expect(kinds).toContain('accepted');
});
