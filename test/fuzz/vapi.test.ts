import fc from 'fast-check';
import { describe, it } from 'vitest';
import { damaged, fuzzRuns, invented, samples, survives } from './damaged.ts';
import { oddValues } from './odd-values.ts';

const TIMEOUT = 3_600_000;
const ANSWERED = 1_780_000_000_000;

const stamps = fc
  .integer({ min: -5, max: 90 })
  .map((second) => new Date(ANSWERED + second * 1000).toISOString());
const moments = fc.double({ min: ANSWERED - 5_000, max: ANSWERED + 90_000, noNaN: true });
const toolCalls = fc.array(
  fc.oneof(
    fc.record({
      id: fc.constantFrom('c1', 'c2', null),
      function: fc.record({
        name: fc.constantFrom('lookup', 'endCall', 'a/b', '\udc00'),
        arguments: oddValues,
      }),
    }),
    oddValues,
  ),
  { maxLength: 2 },
);
const rows = fc.record(
  {
    role: fc.oneof(
      { weight: 9, arbitrary: fc.constantFrom('user', 'bot', 'system', 'tool_calls', 'tool_call_result') },
      oddValues,
    ),
    message: fc.oneof(fc.constantFrom('Hello.', '...', ''), oddValues),
    time: fc.oneof({ weight: 5, arbitrary: moments }, oddValues),
    endTime: fc.oneof({ weight: 5, arbitrary: moments }, oddValues),
    secondsFromStart: fc.oneof(fc.double({ min: 0, max: 90 }), oddValues),
    duration: fc.oneof({ weight: 3, arbitrary: fc.double({ min: 0, max: 9_000 }) }, oddValues),
    toolCalls,
    toolCallId: fc.constantFrom('c1', 'c2', null),
    result: fc.oneof(fc.constantFrom('{"error":1}', 'Error: no', '{"ok":true}'), oddValues),
    assistantId: fc.constantFrom('a1', 'a2', null),
    metadata: oddValues,
  },
  { requiredKeys: ['role'] },
);
const milliseconds = fc.oneof({ weight: 5, arbitrary: fc.double({ min: 0, max: 9_000 }) }, oddValues);
const latencies = fc.record({
  turnLatency: milliseconds,
  modelLatency: milliseconds,
  voiceLatency: milliseconds,
  transcriberLatency: milliseconds,
  endpointingLatency: milliseconds,
});
const messages = fc.array(fc.oneof({ weight: 9, arbitrary: rows }, oddValues), { maxLength: 10 });
const scratch = fc.record(
  {
    id: oddValues,
    status: fc.oneof(fc.constantFrom('ended', 'in-progress'), oddValues),
    type: fc.oneof(fc.constantFrom('inboundPhoneCall', 'webCall'), oddValues),
    endedReason: fc.oneof(fc.constantFrom('customer-ended-call', 'pipeline-error-x'), oddValues),
    createdAt: fc.oneof({ weight: 5, arbitrary: stamps }, oddValues),
    startedAt: fc.oneof({ weight: 5, arbitrary: stamps }, oddValues),
    endedAt: fc.oneof({ weight: 5, arbitrary: stamps }, oddValues),
    assistantId: oddValues,
    messages,
    artifact: fc.oneof(
      fc.record(
        {
          messages,
          performanceMetrics: fc.record({
            turnLatencies: fc.array(fc.oneof({ weight: 5, arbitrary: latencies }, oddValues), {
              maxLength: 5,
            }),
            numAssistantInterrupted: oddValues,
          }),
          assistantActivations: fc.array(
            fc.record({ assistantId: fc.constantFrom('a1', 'a2'), assistantName: oddValues }),
            { maxLength: 2 },
          ),
          variableValues: oddValues,
        },
        { requiredKeys: [] },
      ),
      oddValues,
    ),
    analysis: oddValues,
    costs: fc.array(oddValues, { maxLength: 3 }),
    costBreakdown: oddValues,
    cost: oddValues,
    monitor: oddValues,
  },
  { requiredKeys: ['messages'] },
);

describe('a Vapi payload, however damaged, becomes a valid trace', () => {
  it('made from what the vendor sends', { timeout: TIMEOUT }, () => {
    const bases = fc.constantFrom(...samples('vapi'));
    fc.assert(
      fc.property(damaged(bases), (one) => survives('vapi', one)),
      fuzzRuns(0.5),
    );
  });

  it('made from nothing', { timeout: TIMEOUT }, () => {
    fc.assert(
      fc.property(damaged(invented(scratch)), (one) => survives('vapi', one)),
      fuzzRuns(0.5),
    );
  });
});
