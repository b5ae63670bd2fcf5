import { describe, expect, test } from 'vitest';
import { viewOf } from '../../src/show/view.ts';
import { waterfall } from '../../src/show/waterfall.ts';
import type { OtlpAttribute, OtlpSpan, OtlpTraces } from '../../src/trace/otlp.ts';

const START = 1_700_000_000_000_000_000n;
const SECOND = 1_000_000_000n;

/** A call of ten seconds: the user speaks, waits 2.5 s, of which the model took 1.25 s, and is answered. */
const CALL = traces([
  span('root', undefined, 'elevenlabs.conversation', 0, 10, {
    'callspan.phase': 'conversation',
    'callspan.outcome': 'completed',
    'callspan.end_reason': 'client_disconnect',
    'gen_ai.agent.name': 'Ada',
    'callspan.turns': 1,
    'callspan.wait.max_seconds': 2.5,
    'callspan.cost.usd': 0.0123,
  }),
  span('reply', 'root', 'elevenlabs.recv.agent_response', 4.5, 9, {
    'callspan.phase': 'agent_speech',
    'turn.was_interrupted': true,
  }),
  span('ask', 'root', 'elevenlabs.recv.user_transcript', 0, 2, { 'callspan.phase': 'user_speech' }),
  span('model', 'wait', 'elevenlabs.phase.llm_ttfb', 2, 2.5, {
    'callspan.phase': 'llm_ttfb',
    'callspan.phase.seconds': 1.25,
  }),
  span('wait', 'root', 'elevenlabs.response_latency', 2, 4.5, {
    'callspan.phase': 'response_latency',
    'turn.user_bot_latency_seconds': 2.5,
  }),
  span(
    'tool',
    'reply',
    'elevenlabs.tool.lookup',
    4.5,
    5,
    { 'callspan.phase': 'tool', 'callspan.tool.seconds': 0.75 },
    2,
  ),
]);

describe('a view', () => {
  test('has its rows in order of time, children behind their parents', () => {
    const { rows } = viewOf(CALL);
    expect(rows.map((row) => [row.depth, row.name])).toEqual([
      [0, 'conversation'],
      [1, 'recv.user_transcript'],
      [1, 'response_latency'],
      [2, 'phase.llm_ttfb'],
      [1, 'recv.agent_response'],
      [2, 'tool.lookup'],
    ]);
  });

  test('says how long things truly took, not how long their bars are', () => {
    const { rows } = viewOf(CALL);
    expect(rows.map((row) => row.seconds)).toEqual([10, 2, 2.5, 1.25, 4.5, 0.75]);
  });

  test('tells who, how it ended, the totals, and what was odd about a row', () => {
    const view = viewOf(CALL);
    expect(view).toMatchObject({ agent: 'Ada', outcome: 'completed', endReason: 'client_disconnect' });
    expect(view.totals).toEqual([
      { name: 'exchanges', value: '1' },
      { name: 'longest wait', value: '2.50 s' },
      { name: 'cost', value: '$0.0123' },
    ]);
    expect(view.rows[4]?.remark).toBe('interrupted');
    expect(view.rows[5]?.error).toBe(true);
  });

  test('of no span is an error', () => {
    expect(() => viewOf({ resourceSpans: [] })).toThrow('There is no span to show.');
  });
});

describe('a waterfall', () => {
  const lines = waterfall(viewOf(CALL), { columns: 80, color: false }).split('\n');

  test('has indented names, true durations and bars on one time axis', () => {
    expect(lines.slice(2)).toEqual([
      'exchanges 1 · longest wait 2.50 s · cost $0.0123',
      '                                  0 s                    5 s                   10 s',
      'conversation              10.0 s  █████████████████████████████████████████████',
      '  recv.user_transcript    2.00 s  █████████',
      '  response_latency        2.50 s           ███████████▎',
      '    phase.llm_ttfb        1.25 s           ██▎',
      '  recv.agent_response     4.50 s                      ████████████████████▌ interrupted',
      '    tool.lookup           0.75 s                      ██▌',
      '',
    ]);
  });

  test('shows the wait in colour on a terminal, and no escape sequence elsewhere', () => {
    const colored = waterfall(viewOf(CALL), { columns: 80, color: true });
    expect(colored).toContain('\x1b[91m');
    expect(lines.join('')).not.toContain('\x1b');
  });

  test('lets nothing that was said steer the terminal', () => {
    const said = traces([
      span('root', undefined, 'tavus.conversation', 0, 1, {
        'gen_ai.provider.name': 'tavus',
        'tavus.user.text': 'a\x1b[31mb\nc',
      }),
    ]);
    expect(waterfall(viewOf(said), { columns: 80, color: false })).toContain('“a [31mb c”');
  });
});

function traces(spans: OtlpSpan[]): OtlpTraces {
  return { resourceSpans: [{ scopeSpans: [{ spans }] }] };
}

function span(
  id: string,
  parent: string | undefined,
  name: string,
  from: number,
  to: number,
  attributes: Record<string, string | number | boolean>,
  code = 0,
): OtlpSpan {
  const at = (seconds: number) => String(START + (BigInt(Math.round(seconds * 1000)) * SECOND) / 1000n);
  return {
    traceId: 'a'.repeat(32),
    spanId: id,
    ...(parent === undefined ? {} : { parentSpanId: parent }),
    name,
    kind: 1,
    startTimeUnixNano: at(from),
    endTimeUnixNano: at(to),
    attributes: Object.entries({
      'gen_ai.provider.name': 'elevenlabs',
      'gen_ai.conversation.id': 'conv_1',
      ...attributes,
    }).map(attribute),
    status: { code },
  };
}

function attribute([key, value]: [string, string | number | boolean]): OtlpAttribute {
  if (typeof value === 'string') return { key, value: { stringValue: value } };
  return { key, value: typeof value === 'boolean' ? { boolValue: value } : { doubleValue: value } };
}
