import { expect, it } from 'vitest';
import { TooLargeError } from '../../src/vendors/bounds.ts';
import * as eleven from './elevenlabs/elevenlabs-payload.ts';
import * as tavus from './tavus/tavus-payload.ts';

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
])('%s are more than one conversation may have', (_, translate) => {
  expect(translate).toThrow(TooLargeError);
  expect(translate).toThrow(/^it (?:has|becomes) \d+ .*, more than \d+$/);
});

it('a call of five thousand exchanges is no such thing', () => {
  const rows = Array.from({ length: 5_000 }, (_, index) => [
    eleven.row('user', 'Hi.', index * 2),
    { ...measured, time_in_call_secs: index * 2 + 1 },
  ]).flat();
  expect(eleven.translate(eleven.conversation({ rows })).spanIds.length).toBeGreaterThan(10_000);
});
