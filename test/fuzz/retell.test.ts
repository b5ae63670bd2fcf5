import fc from 'fast-check';
import { describe, it } from 'vitest';
import { damaged, fuzzRuns, invented, samples, survives } from './damaged.ts';

const TIMEOUT = 3_600_000;

/** Payloads of no scenario: whatever stands where rows, words and measurements are looked for. */
const times = fc.oneof(
  fc.double({ min: -10, max: 100, noNaN: true }),
  fc.constantFrom(null, undefined, '3.5', '1e3', 1e300, Number.NaN),
);
const word = fc.record({ word: fc.string(), start: times, end: times }, { requiredKeys: [] });
const row = fc.oneof(
  fc.record({
    role: fc.constantFrom('agent', 'user', 'transfer_target'),
    content: fc.constantFrom('', 'Yes.', '...', '[No response, waiting for the next utterance.]', null),
    words: fc.oneof(fc.array(word, { maxLength: 4 }), fc.constant(null)),
  }),
  fc.record({
    role: fc.constantFrom('tool_call_invocation', 'tool_call_result'),
    tool_call_id: fc.constantFrom('a', 'b', null),
    name: fc.constantFrom('find', 'end_call', '', null),
    time_sec: times,
    successful: fc.constantFrom(true, false, null, 'no'),
    content: fc.constantFrom('{}', '', null, 7),
  }),
  fc.record({
    role: fc.constantFrom('node_transition', 'dtmf', 'sms', 'injected', 'new', '', 'a sentence', 7),
    time_sec: times,
    transition_type: fc.constantFrom('normal', 'interrupt_go_back'),
  }),
);
const kind = fc.record(
  {
    num: fc.oneof(fc.nat({ max: 5 }), fc.constant(null)),
    values: fc.array(
      fc.oneof(fc.double({ min: -1, max: 9_000, noNaN: true }), fc.constantFrom('95.5', null)),
      {
        maxLength: 5,
      },
    ),
  },
  { requiredKeys: [] },
);
const stamp = fc.constantFrom(1_795_000_000_000, 1_795_000_042_500, '1795000000000', null, -1, 1e300);
const scratch = fc.record({
  call_id: fc.constant('call_fuzz'),
  call_status: fc.constantFrom('ended', 'error', 'not_connected'),
  start_timestamp: stamp,
  end_timestamp: stamp,
  duration_ms: fc.constantFrom(42_500, 0, null),
  transcript_with_tool_calls: fc.array(row, { maxLength: 9 }),
  latency: fc.record(
    { e2e: kind, asr: kind, llm: kind, tts: kind, knowledge_base: kind },
    { requiredKeys: [] },
  ),
});

describe('a Retell payload, however damaged, becomes a valid trace', () => {
  it('starting from what the simulated vendor answers', { timeout: TIMEOUT }, () => {
    const bases = fc.constantFrom(...samples('retell'));
    fc.assert(
      fc.property(damaged(bases), (one) => survives('retell', one)),
      fuzzRuns(0.5),
    );
  });

  it('starting from nothing', { timeout: TIMEOUT }, () => {
    fc.assert(
      fc.property(damaged(invented(scratch)), (one) => survives('retell', one)),
      fuzzRuns(0.5),
    );
  });
});
