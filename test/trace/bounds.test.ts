import { expect, it } from 'vitest';
import { TooLargeError } from '../../src/trace/bounds.ts';
import * as eleven from '../vendors/elevenlabs/elevenlabs-payload.ts';
import * as retell from '../vendors/retell/retell-payload.ts';
import * as tavus from '../vendors/tavus/tavus-payload.ts';
import * as vapi from '../vendors/vapi/vapi-payload.ts';

function times<Item>(count: number, item: Item): Item[] {
  return new Array<Item>(count).fill(item);
}

const row = eleven.row('agent', 'Yes.', 1);
const entry = tavus.agent('Yes.', 1, 1);
const measured = {
  ...row,
  ...eleven.wait(1, {
    convai_turn_silence_before_initiation: 0.1,
    convai_llm_service_ttfb: 0.1,
    convai_tts_service_ttfb: 0.1,
  }),
};

it.each([
  ['50,001 spans', () => eleven.translate(eleven.conversation({ spans: times(50_001, {}) }))],
  ['50,001 rows', () => eleven.translate(eleven.conversation({ rows: times(50_001, row) }))],
  [
    '50,001 tool calls',
    () =>
      eleven.translate(
        eleven.conversation({ rows: [{ ...row, tool_calls: times(50_001, { tool_name: 'f' }) }] }),
      ),
  ],
  [
    'rows that become too many spans',
    () =>
      eleven.translate(
        eleven.conversation({ rows: times(15_000, [eleven.row('user', 'Hi.', 1), measured]).flat() }),
      ),
  ],
  ['50,001 events', () => tavus.translate(tavus.conversation(times(50_001, tavus.joined())))],
  ['50,001 entries', () => tavus.translate(tavus.talk(times(50_001, entry)))],
  [
    '50,001 tool calls of entries',
    () => tavus.translate(tavus.talk([tavus.calls(1, ...times(50_001, tavus.call('c')))])),
  ],
  ['50,001 rows of Retell', () => retell.translate(retell.talk(times(50_001, retell.agent('Yes.', 1, 2))))],
  [
    '50,001 words of Retell',
    () =>
      retell.translate(retell.talk([{ role: 'user', content: 'x', words: times(50_001, { word: 'x' }) }])),
  ],
  [
    '50,001 latencies of Retell',
    () => retell.translate(retell.talk([], { e2e: retell.kind(times(50_001, 900)) })),
  ],
  [
    'rows of Retell that become too many spans',
    () => {
      const rows = times(12_000, [retell.user('Hi.', 1, 2), retell.agent('Yes.', 3, 4)]).flat();
      const latency = Object.fromEntries(
        ['e2e', 'asr', 'llm', 'tts', 'knowledge_base'].map((name) => [name, retell.kind(times(12_000, 900))]),
      );
      return retell.translate(retell.talk(rows, latency));
    },
  ],
  [
    'entries of Tavus that become too many spans',
    () =>
      tavus.translate(tavus.talk(times(25_000, [tavus.user('Hi.', 1, 1), tavus.agent('Yes.', 3, 1)]).flat())),
  ],
  [
    'messages of Vapi that become too many spans',
    () => vapi.translate(vapi.talk(times(25_000, [vapi.user('Hi.', 1, 3), vapi.bot('Yes.', 3.5, 4)]).flat())),
  ],
  ['50,001 messages of Vapi', () => vapi.translate(vapi.talk(times(50_001, vapi.bot('Yes.', 1, 2))))],
  [
    '50,001 tool calls of Vapi',
    () => vapi.translate(vapi.talk([vapi.calls(1, ...times(50_001, vapi.call('c')))])),
  ],
  [
    '50,001 latencies of Vapi',
    () => vapi.translate(vapi.talk([], {}, { performanceMetrics: { turnLatencies: times(50_001, null) } })),
  ],
])('%s are more than one conversation may have', (_, translate) => {
  expect(translate).toThrow(
    expect.objectContaining({
      message: expect.stringMatching(/^it (?:has|becomes) \d+ .*, more than \d+$/),
      name: TooLargeError.name,
    }),
  );
});

it('a call of five thousand exchanges is no such thing', () => {
  const rows = Array.from({ length: 5_000 }, (_, index) => [
    eleven.row('user', 'Hi.', index * 2),
    { ...measured, time_in_call_secs: index * 2 + 1 },
  ]).flat();
  expect(eleven.translate(eleven.conversation({ rows })).spanIds.length).toBeGreaterThan(10_000);
});
