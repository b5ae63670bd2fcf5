import fc from 'fast-check';
import { describe, it } from 'vitest';
import { damaged, fuzzRuns, invented, samples, survives } from './damaged.ts';
import { oddValues } from './odd-values.ts';

const TIMEOUT = 3_600_000;

/** A handful of ids, so that duplicates, orphans and cycles are the rule. */
const ids = fc.constantFrom(...'abcdef').map((letter) => letter.repeat(16));
const times = fc.oneof(
  fc
    .integer({ min: -5, max: 60 })
    .map((second) => String(1_780_000_000n * 1_000_000_000n + BigInt(second) * 1_000_000_000n)),
  oddValues,
);
const names = fc.constantFrom(
  'elevenlabs.conversation',
  'elevenlabs.recv.agent_response',
  'elevenlabs.recv.user_transcript',
  'elevenlabs.tool.lookup',
  'other',
);
const indexed = fc
  .nat({ max: 4 })
  .map((index) => [{ key: 'elevenlabs.turn.index', value: { intValue: index } }]);
const spans = fc.record(
  {
    traceId: fc.oneof(fc.constant('a'.repeat(32)), oddValues),
    spanId: fc.oneof({ weight: 5, arbitrary: ids }, oddValues),
    parentSpanId: fc.oneof({ weight: 5, arbitrary: ids }, oddValues),
    name: fc.oneof({ weight: 5, arbitrary: names }, oddValues),
    kind: oddValues,
    startTimeUnixNano: times,
    endTimeUnixNano: times,
    attributes: fc.oneof(indexed, oddValues),
    status: fc.oneof(fc.constantFrom({ code: 2 }, { code: 1 }), oddValues),
    events: oddValues,
    links: oddValues,
    flags: oddValues,
    traceState: oddValues,
  },
  { requiredKeys: [] },
);
const rows = fc.record(
  {
    role: fc.constantFrom('user', 'agent'),
    message: fc.oneof(fc.constantFrom('Hello.', '...', null), oddValues),
    time_in_call_secs: fc.oneof(fc.nat({ max: 60 }), oddValues),
    conversation_turn_metrics: fc.record({
      metrics: fc.dictionary(
        fc.constantFrom(
          'convai_ttf_audio_since_silence',
          'convai_llm_service_ttfb',
          'convai_asr_trailing_service_latency',
        ),
        fc.record({ elapsed_time: fc.oneof(fc.double({ min: 0, max: 5 }), oddValues) }),
      ),
    }),
    rag_retrieval_info: oddValues,
    llm_usage: fc.record({
      model_usage: fc.dictionary(
        fc.constantFrom('m', 'n.1'),
        fc.record({ input: fc.record({ tokens: oddValues, price: oddValues }) }),
      ),
    }),
    tool_calls: fc.array(
      fc.record({
        request_id: fc.constantFrom('r', 's'),
        tool_name: fc.constantFrom('lookup', '\ud800'),
        params_as_json: oddValues,
      }),
      { maxLength: 2 },
    ),
    tool_results: fc.array(
      fc.record({
        request_id: fc.constantFrom('r', 's'),
        is_error: fc.boolean(),
        tool_latency_secs: oddValues,
        error_type: oddValues,
      }),
      { maxLength: 2 },
    ),
    agent_metadata: fc.record({ agent_id: fc.constantFrom('a1', 'a2', null) }),
  },
  { requiredKeys: ['role'] },
);
const scratch = fc.record(
  {
    status: fc.constantFrom('done', 'failed', null),
    agent_id: oddValues,
    transcript: fc.array(fc.oneof({ weight: 9, arbitrary: rows }, oddValues), { maxLength: 8 }),
    metadata: fc.record(
      {
        start_time_unix_secs: fc.oneof(fc.constant(1_780_000_000), oddValues),
        call_duration_secs: fc.oneof(fc.constant(60), oddValues),
        cost_fiat: oddValues,
        termination_reason: oddValues,
      },
      { requiredKeys: [] },
    ),
    analysis: oddValues,
    otlp_traces: fc.oneof(
      {
        weight: 3,
        arbitrary: fc
          .array(
            fc.record({
              resource: oddValues,
              scopeSpans: fc.array(
                fc.record({ scope: oddValues, spans: fc.array(spans, { maxLength: 10 }) }),
                { maxLength: 2 },
              ),
            }),
            { maxLength: 2 },
          )
          .map((resourceSpans) => ({ resourceSpans })),
      },
      oddValues,
    ),
  },
  { requiredKeys: ['transcript', 'metadata'] },
);

describe('an ElevenLabs payload, however damaged, becomes a valid trace or none', () => {
  it('made from what the vendor sends', { timeout: TIMEOUT }, () => {
    const bases = fc.constantFrom(...samples('elevenlabs'));
    fc.assert(
      fc.property(damaged(bases), (one) => survives('elevenlabs', one)),
      fuzzRuns(0.7),
    );
  });

  it('made from nothing', { timeout: TIMEOUT }, () => {
    fc.assert(
      fc.property(damaged(invented(scratch)), (one) => survives('elevenlabs', one)),
      fuzzRuns(0.3),
    );
  });
});
