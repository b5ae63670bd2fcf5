import fc from 'fast-check';
import { describe, it } from 'vitest';
import { damaged, fuzzRuns, invented, samples, survives } from './damaged.ts';
import { oddValues } from './odd-values.ts';

const TIMEOUT = 3_600_000;
const CREATED = 1_780_000_000;

const moments = fc
  .integer({ min: -5, max: 90 })
  .map((second) => new Date((CREATED + second) * 1000).toISOString());
const entries = fc.record(
  {
    role: fc.oneof(
      { weight: 9, arbitrary: fc.constantFrom('user', 'assistant', 'tool', 'system') },
      oddValues,
    ),
    content: fc.oneof(fc.constantFrom('Hello.', '...', ''), oddValues),
    timestamp: fc.oneof(
      { weight: 3, arbitrary: fc.double({ min: CREATED - 5, max: CREATED + 90 }) },
      moments,
      oddValues,
    ),
    seconds_from_start: fc.oneof(fc.double({ min: 0, max: 90 }), oddValues),
    duration: fc.oneof({ weight: 3, arbitrary: fc.double({ min: 0, max: 9 }) }, oddValues),
    inference_id: oddValues,
    tool_calls: fc.array(
      fc.record({
        id: fc.constantFrom('c1', 'c1_result', 'c2', null),
        name: fc.constantFrom('lookup', 'a/b', '\udc00'),
        arguments: oddValues,
      }),
      { maxLength: 2 },
    ),
    tool_call_id: fc.constantFrom('c1', 'c1_result', 'c2', null),
  },
  { requiredKeys: ['role', 'content'] },
);
const events = fc.record(
  {
    event_type: fc.oneof(
      {
        weight: 9,
        arbitrary: fc.constantFrom(
          'system.replica_joined',
          'system.pal_joined',
          'system.shutdown',
          'application.perception_analysis',
          'application.x.y',
        ),
      },
      oddValues,
    ),
    timestamp: fc.oneof({ weight: 5, arbitrary: moments }, oddValues),
    properties: fc.oneof(
      fc.dictionary(fc.string({ maxLength: 3, unit: 'binary' }), oddValues, { maxKeys: 3 }),
      oddValues,
    ),
  },
  { requiredKeys: ['event_type'] },
);
const transcripts = fc.record({
  event_type: fc.constant('application.transcription_ready'),
  timestamp: fc.oneof({ weight: 5, arbitrary: moments }, oddValues),
  properties: fc.record({
    transcript: fc.array(fc.oneof({ weight: 9, arbitrary: entries }, oddValues), { maxLength: 10 }),
  }),
});
const scratch = fc.record(
  {
    conversation_name: oddValues,
    status: oddValues,
    pal_id: oddValues,
    replica_id: oddValues,
    callback_url: oddValues,
    created_at: fc.oneof({ weight: 5, arbitrary: moments }, oddValues),
    events: fc.array(
      fc.oneof({ weight: 5, arbitrary: events }, { weight: 3, arbitrary: transcripts }, oddValues),
      { maxLength: 9 },
    ),
  },
  { requiredKeys: ['events'] },
);

describe('a Tavus payload, however damaged, becomes a valid trace', () => {
  it('made from what the vendor sends', { timeout: TIMEOUT }, () => {
    const bases = fc.constantFrom(...samples('tavus'));
    fc.assert(
      fc.property(damaged(bases), (one) => survives('tavus', one)),
      fuzzRuns(0.5),
    );
  });

  it('made from nothing', { timeout: TIMEOUT }, () => {
    fc.assert(
      fc.property(damaged(invented(scratch)), (one) => survives('tavus', one)),
      fuzzRuns(0.5),
    );
  });
});
