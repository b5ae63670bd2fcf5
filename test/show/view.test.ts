import { describe, expect, test } from 'vitest';
import { page } from '../../src/show/page.ts';
import { widthOf } from '../../src/show/text-width.ts';
import { viewOf } from '../../src/show/view.ts';
import { waterfall } from '../../src/show/waterfall.ts';
import { toOtlp } from '../../src/trace/span-batch.ts';
import { finalPayload, sandboxCalls, translatePayload } from '../trace/sandbox-calls.ts';
import { span, traces } from './otlp.ts';

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

describe('a wait that its phases do not explain', () => {
  const explained = (unexplained: number, phases: boolean) =>
    viewOf(
      traces([
        span('root', undefined, 'elevenlabs.conversation', 0, 10, { 'callspan.phase': 'conversation' }),
        span('ask', 'root', 'elevenlabs.recv.user_transcript', 0, 3, { 'callspan.phase': 'user_speech' }),
        span('wait', 'root', 'elevenlabs.response_latency', 2, 4.5, {
          'callspan.phase': 'response_latency',
          'turn.user_bot_latency_seconds': 2.5,
          'callspan.wait.unexplained_seconds': unexplained,
        }),
        ...(phases
          ? [
              span('model', 'wait', 'elevenlabs.phase.llm_ttfb', 2, 4.1, {
                'callspan.phase': 'llm_ttfb',
                'callspan.phase.seconds': 2.1,
              }),
            ]
          : []),
      ]),
    );

  test('says how much is open, as a figure and in words', () => {
    const { rows } = explained(0.4, true);
    expect(rows.map((row) => [row.name, row.unexplained, row.aside])).toEqual([
      ['conversation', undefined, undefined],
      ['recv.user_transcript', undefined, undefined],
      ['response_latency', 0.4, 'unexplained 0.4 s'],
      ['phase.llm_ttfb', undefined, undefined],
    ]);
  });

  test('is all of it unexplained where the vendor tells no phases', () => {
    expect(explained(2.5, false).rows[2]).toMatchObject({ aside: 'unexplained 2.5 s', remark: undefined });
  });

  test('says nothing where so little is open that it would read 0.0 s', () => {
    expect(explained(0, true).rows[2]?.aside).toBeUndefined();
    expect(explained(0.04, true).rows[2]?.aside).toBeUndefined();
    expect(explained(0.05, true).rows[2]?.aside).toBe('unexplained 0.1 s');
  });

  test('is named beside its bar in the terminal, and explained beneath', () => {
    const text = waterfall(explained(0.4, true), { columns: 100, color: false });
    expect(text).toMatch(/^ {2}response_latency +2\.50 s +█+.? unexplained 0\.4 s$/m);
    expect(text).toContain('“unexplained” is the part of a wait for which the vendor measured nothing.');
  });

  test('has its open end drawn on the page, over the end of its bar', () => {
    const html = page(explained(0.5, true));
    expect(html).toContain('<span class="aside">unexplained 0.5 s</span>');
    expect(html).toContain('#b2{--left:20.0000%;--width:25.0000%}#u2{--left:40.0000%;--width:5.0000%}');
    expect(html.match(/<tr role="row" class/g)).toHaveLength(4);
  });

  test('and one that begins within the user’s bar is said to be right', () => {
    expect(explained(0, true).notes[0]).toMatch(/^A wait that begins within the user’s bar is right/);
    expect(viewOf(CALL).notes).toEqual([]);
  });
});

describe('waits that could not be measured', () => {
  const unmeasured = (count: number) =>
    viewOf(
      traces([span('root', undefined, 'tavus.conversation', 0, 1, { 'callspan.waits.unmeasured': count })]),
    );

  test('are a figure and a sentence', () => {
    expect(unmeasured(3).totals).toEqual([{ name: 'waits not measured', value: '3' }]);
    expect(unmeasured(3).notes[0]).toMatch(/^3 waits could not be measured/);
    expect(unmeasured(1).notes[0]).toMatch(/^1 wait could not be measured/);
  });

  test('are not mentioned where there are none', () => {
    expect(unmeasured(0)).toMatchObject({ totals: [], notes: [] });
  });
});

test('what the platform took for no turn is called a backchannel', () => {
  const { rows } = viewOf(
    traces([span('root', undefined, 'elevenlabs.recv.user_transcript', 0, 1, { 'turn.backchannel': true })]),
  );
  expect(rows[0]).toMatchObject({ aside: 'backchannel', remark: undefined });
});

describe('a conversation that nests 9,000 levels deep', () => {
  const deep = viewOf(
    traces(
      Array.from({ length: 9_000 }, (_, level) =>
        span(`s${level}`, level === 0 ? undefined : `s${level - 1}`, 'elevenlabs.tool.x', 0, 1, {
          'callspan.phase': level === 0 ? 'conversation' : 'tool',
        }),
      ),
    ),
  );

  test('has a row for each, in the terminal and on the page, neither wider than it can be read', () => {
    expect(deep.rows).toHaveLength(9_000);
    expect(deep.rows.at(-1)?.depth).toBe(8_999);
    const lines = waterfall(deep, { columns: 100, color: false }).split('\n');
    expect(lines.length).toBeGreaterThan(9_000);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(110);
    expect(page(deep).match(/<tr role="row" class/g)).toHaveLength(9_000);
  });
});

describe('a waterfall', () => {
  const lines = waterfall(viewOf(CALL), { columns: 80, color: false }).split('\n');

  test('has indented names, true durations and bars on one time axis', () => {
    expect(lines.slice(1)).toEqual([
      'with Ada, 10.0 s, completed, client_disconnect',
      `2023-11-14 22:13:20 UTC, trace ${'a'.repeat(32)}`,
      'exchanges 1 · longest wait 2.50 s · cost $0.0123',
      '                                  0 s                    5 s',
      'conversation              10.0 s  ██████████████████████████████████████████████',
      '  recv.user_transcript    2.00 s  █████████▏',
      '  response_latency        2.50 s           ███████████▋',
      '    phase.llm_ttfb        1.25 s           ██▌',
      '  recv.agent_response     4.50 s          interrupted █████████████████████▍',
      '    ✗ tool.lookup         0.75 s                      ███ failed',
      '',
    ]);
  });

  test.each([80, 200])('holds at %i columns, whatever is said of a row', (columns) => {
    for (const provider of ['elevenlabs', 'tavus'] as const) {
      for (const call of sandboxCalls(provider, 1)) {
        if (call.shape !== 'full') continue;
        const translated = translatePayload(provider, finalPayload(call), call.id);
        if (translated === undefined) continue;
        const text = waterfall(viewOf(toOtlp(translated.batch)), { columns, color: false });
        const widest = Math.max(...text.split('\n').map(widthOf));
        expect([call.scenario, widest <= columns]).toEqual([call.scenario, true]);
      }
    }
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
    expect(waterfall(viewOf(said), { columns: 80, color: false })).toContain('“a\\u{1b}[31mb c”');
  });
});
