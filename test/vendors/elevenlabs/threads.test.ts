import { describe, expect, it } from 'vitest';
import { readElevenLabs } from '../../../src/vendors/elevenlabs/payload.ts';
import {
  AGENT,
  conversation,
  ROOT,
  root,
  row,
  span,
  trace,
  translate,
  turn,
  USER,
} from './elevenlabs-payload.ts';

const DAYS = 86_400;
const LENGTH = 5 * DAYS;
const ROWS = [
  row('user', 'Hi.', 0, { source_medium: 'text' }),
  row('agent', 'Yes?', 6),
  row('user', 'So?', 6, { source_medium: 'text' }),
  row('agent', 'Soon.', 3 * DAYS),
  row('user', 'Thanks.', 3 * DAYS, { source_medium: 'text' }),
];
const SPANS = [
  root(LENGTH, { 'elevenlabs.session.duration_ms': LENGTH * 1000 }),
  turn(0, USER, [0, 6]),
  turn(1, AGENT, [6, 6]),
  turn(2, USER, [6, 3 * DAYS]),
  turn(3, AGENT, [3 * DAYS, 3 * DAYS]),
  turn(4, USER, [3 * DAYS, LENGTH]),
];
const metadata = { call_duration_secs: LENGTH, text_only: true };

describe.each([
  ['with OTLP', conversation({ rows: ROWS, spans: SPANS, metadata })],
  ['from the transcript alone', conversation({ rows: ROWS, metadata })],
  ['without metadata', { otlp_traces: conversation({ spans: SPANS }).otlp_traces, transcript: ROWS }],
])('a thread of days, %s', (_, payload) => {
  const made = trace(payload);

  it('has its rows where they are', () => {
    const starts = [...made.all(USER), ...made.all(AGENT)].map((one) => Math.round(made.at(one)[0]));
    expect(starts).toEqual([0, 6, 3 * DAYS, 6, 3 * DAYS]);
  });

  it('lasts as long as it lasted', () => {
    expect(made.root.seconds).toBe(LENGTH);
    expect(translate(payload).conversation.duration).toBe(BigInt(LENGTH) * 1_000_000_000n);
  });

  it('tells no silence and no wait of days', () => {
    expect(made.root.attributes).toMatchObject({
      'callspan.unanswered': 0,
      'callspan.waits': 0,
      'callspan.waits.unmeasured': 2,
    });
  });
});

describe('a time that is none', () => {
  it.each([
    ['in an ordinary call is a day away', 60, 2 * DAYS],
    ['in a thread is longer away than the thread lasted', LENGTH, LENGTH + 2 * DAYS],
  ])('%s: it stretches no trace', (_, length, odd) => {
    const rows = [row('user', 'Hi.', 0), row('agent', 'Yes?', odd), row('user', 'So?', 10)];
    const whole = { call_duration_secs: length };
    const spans = [
      root(length),
      turn(0, USER, [0, 5]),
      turn(1, AGENT, [odd, odd]),
      turn(2, USER, [10, length]),
    ];
    expect(trace(conversation({ rows, metadata: whole })).root.seconds).toBe(length);
    expect(trace(conversation({ rows, spans, metadata: whole })).root.seconds).toBe(length);
  });

  it('is one of a row later than its conversation, if that is a day away', () => {
    const times = (length: number | null, at: number) =>
      readElevenLabs(
        conversation({ rows: [row('user', 'Hi.', at)], metadata: { call_duration_secs: length } }),
      ).rows.map(({ time }) => time);
    expect([
      ...times(60, DAYS),
      ...times(60, DAYS + 1),
      ...times(LENGTH, LENGTH),
      ...times(LENGTH, LENGTH + 1),
    ]).toEqual([BigInt(DAYS) * 1_000_000_000n, undefined, BigInt(LENGTH) * 1_000_000_000n, undefined]);
    expect(times(null, 2 * DAYS)).toEqual([undefined]);
  });

  it.each([-5, 1e9, Number.MAX_VALUE])('is a length of %d s', (length) => {
    const payload = conversation({ rows: ROWS.slice(0, 2), metadata: { call_duration_secs: length } });
    expect(translate(payload).conversation.duration).toBeUndefined();
  });

  it('is one of another year beside a root that claims to have lasted so long', () => {
    const spans = [
      span('root', undefined, ROOT, [0, 900 * DAYS]),
      turn(0, USER, [0, 5]),
      turn(1, AGENT, [5, 9]),
    ];
    expect(trace(conversation({ rows: ROWS.slice(0, 2), spans })).root.seconds).toBe(60);
  });
});
