import { describe, expect, it } from 'vitest';
import { vendor } from '../../../src/vendors/retell/vendor.ts';
import type { Fetched } from '../../../src/vendors/vendor.ts';
import { settings } from '../../trace/settings.ts';
import { agent, kind, STARTED, talk, trace, translate, user } from './retell-payload.ts';

const MILLI = 1_000_000n;
const START = BigInt(STARTED) * MILLI;
const END = START + 60_000n * MILLI;
const SEEN = START - 1_000n * MILLI;
const ROWS = [agent('Hello.', 0.5, 2), user('It is me.', 3, 4), agent('Yes?', 5, 6)];

/** Seconds, which are of 1970 if they are read as milliseconds; negative; of no century; no number; nothing. */
const NO_MOMENT = [STARTED / 1_000, -STARTED, 0, 1e300, 'soon', '', null, true, {}, '1e12'];

function conversation(more: Record<string, unknown>, rows: unknown = ROWS) {
  return translate(talk(rows as unknown[], {}, more), {}, SEEN).conversation;
}

describe('a moment of a call', () => {
  it.each(['1795000000000', '2026-11-18T11:06:40.000Z', STARTED])('is read, written as %j', (start) => {
    expect(conversation({ start_timestamp: start })).toMatchObject({ start: START, timing: 'measured' });
  });

  it.each(NO_MOMENT)('is none: it began at %j, which its end and its length tell', (start_timestamp) => {
    const made = conversation({ start_timestamp });
    expect(made).toMatchObject({ start: START, end: END, timing: 'derived', duration: 60_000n * MILLI });
    expect(made.turns.map(({ start }) => start - START)).toEqual(
      [500n, 3_000n, 5_000n].map((ms) => ms * MILLI),
    );
  });

  it.each(NO_MOMENT)('is none: it began at %j, which its end and its last word tell', (start_timestamp) => {
    const made = conversation({ start_timestamp, duration_ms: null });
    expect(made).toMatchObject({ start: END - 6_000n * MILLI, end: END, timing: 'derived' });
    expect(made.duration).toBeUndefined();
    expect(made.turns[2]?.wait?.length).toBe(1_000n * MILLI);
  });

  it.each(NO_MOMENT)('is none: it ended at %j, which its begin and its length tell', (end_timestamp) => {
    expect(conversation({ end_timestamp })).toMatchObject({ start: START, end: END, timing: 'derived' });
    expect(conversation({ end_timestamp, duration_ms: -5 })).toMatchObject({ end: START + 6_000n * MILLI });
  });

  it.each(NO_MOMENT)(
    'is none: of a call with %j for both, the words still last as long as they do',
    (moment) => {
      const made = conversation({ start_timestamp: moment, end_timestamp: moment });
      expect(made).toMatchObject({ start: SEEN, end: SEEN + 6_000n * MILLI, timing: 'estimated' });
      expect(made.turns[2]?.wait?.length).toBe(1_000n * MILLI);
    },
  );

  it.each([
    ['before its begin', STARTED - 1],
    ['a day behind it', STARTED + 86_400_000],
    ['years behind it', STARTED + 4e12],
  ])('that is an end %s is none', (_, end_timestamp) => {
    expect(conversation({ end_timestamp })).toMatchObject({ start: START, end: END, timing: 'derived' });
  });

  it('that is missing is told by name', () => {
    expect(translate(talk(ROWS, {}, { start_timestamp: STARTED / 1_000 })).drift).toEqual([
      'missing start_timestamp',
    ]);
  });
});

describe('a call whose end nobody can read', () => {
  const read = (more: Record<string, unknown>, now: number, seenAt?: number): Fetched =>
    vendor.read(talk(ROWS, {}, more), {
      ...{ settings: settings({}), settle: 300_000, now },
      ...(seenAt === undefined ? {} : { seenAt }),
    });

  it.each([STARTED / 1_000, -1, 1e300, 'soon', {}])(
    '(%j) has ended, whatever its status is',
    (end_timestamp) => {
      expect(read({ end_timestamp, call_status: 'new' }, STARTED).kind).toBe('ready');
      expect(read({ end_timestamp, call_status: null }, STARTED).kind).toBe('ready');
      expect(read({ end_timestamp, call_status: 'ongoing' }, STARTED).kind).toBe('pending');
    },
  );

  it.each([null, undefined, 0, ''])('(%j) has not, where nothing else says so', (end_timestamp) => {
    expect(read({ end_timestamp, call_status: 'new' }, STARTED).kind).toBe('pending');
  });

  it('because it lies years ahead is not waited for that long, but since it was heard of', () => {
    const ahead = { end_timestamp: STARTED + 1e12, call_analysis: null };
    expect(read(ahead, STARTED + 299_999, STARTED)).toMatchObject({
      kind: 'pending',
      notBefore: STARTED + 302_000,
    });
    expect(read(ahead, STARTED + 300_000, STARTED).kind).toBe('ready');
    expect(read(ahead, STARTED).kind).toBe('ready');
  });

  it.each([{}, { call_summary: null }, [], 'pending', 7])(
    'and whose analysis is %j waits for one',
    (call_analysis) => {
      expect(read({ call_analysis }, STARTED + 60_000).kind).toBe('pending');
      expect(read({ call_analysis }, STARTED + 360_000).kind).toBe('ready');
    },
  );
});

describe('a measurement', () => {
  it.each([-1, -0.5, 86_400_000, 1e300, 'NaN', '-5', null, {}, [900]])(
    'that is %j is none, and lets none of its kind be any turn’s',
    (value) => {
      const rows = [...ROWS, user('And you?', 7, 8), agent('Me too.', 8.5, 9)];
      const { turns, unplaced } = translate(talk(rows, { e2e: kind([900, value]) })).conversation;
      expect(unplaced?.waits).toEqual([900n * MILLI]);
      expect(turns.flatMap(({ wait }) => (wait === undefined ? [] : [wait.timing]))).toEqual([
        'estimated',
        'estimated',
      ]);
    },
  );

  it.each([null, {}, 'p50', [], 7, { values: '900' }, { values: { 0: 900 } }])(
    'is nowhere in %j: the words tell the waits',
    (e2e) => {
      const { turns, unplaced } = translate(talk(ROWS, { e2e })).conversation;
      expect(unplaced).toBeUndefined();
      expect(turns[2]?.wait).toMatchObject({ length: 1_000n * MILLI, timing: 'estimated' });
    },
  );
});

describe('what a call cost', () => {
  const cost = (combined_cost: unknown) =>
    translate(talk(ROWS, {}, { call_cost: { combined_cost } })).conversation.totals;

  it.each([
    [9.785, 0.09785],
    [0.1 + 0.2, 0.003],
    ['8.15', 0.0815],
    [0, 0],
  ])('%j cents', (cents, costUsd) => {
    expect(cost(cents)).toEqual({ costUsd });
  });

  it.each([-1, Number.MAX_VALUE, 'NaN', '', null, {}])('is not told by %j', (cents) => {
    expect(cost(cents)).toEqual({});
  });
});

it('a reason and a status of tomorrow are told by name, the reason’s words not', () => {
  const made = translate(talk(ROWS, {}, { call_status: 'archived', disconnection_reason: 'Ada left' }));
  expect(made.conversation).toMatchObject({ outcome: 'unknown', endReason: 'other', failed: false });
  expect(made.drift).toEqual(['call_status archived', 'unknown disconnection_reason']);
});

it('what differs each time that a call is asked for changes nothing', () => {
  const signed = (turn: number) => ({
    recording_url: `https://calls.example.com/a.wav?X-Amz-Signature=${turn}`,
    public_log_url: `https://calls.example.com/a.log?X-Amz-Signature=${turn}`,
    opt_in_signed_url: true,
  });
  const bytes = [1, 2].map((turn) =>
    JSON.stringify(trace(talk(ROWS, {}, signed(turn)), { content: 'full' }).spans, (_, value: unknown) =>
      typeof value === 'bigint' ? String(value) : value,
    ),
  );
  expect(bytes[0]).toBe(bytes[1]);
});
