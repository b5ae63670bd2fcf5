import fc from 'fast-check';
import { expect, it } from 'vitest';
import { observe } from '../../src/metrics/observe.ts';
import { labelValue } from '../../src/trace/label-value.ts';
import * as eleven from '../vendors/elevenlabs/elevenlabs-payload.ts';

it('leaves a name as it is, and cuts one of more than 200 characters', () => {
  expect(labelValue('x'.repeat(200))).toBe('x'.repeat(200));
  expect(labelValue('x'.repeat(201))).toBe(`${'x'.repeat(199)}…`);
  expect(labelValue(`${'x'.repeat(198)}😀😀`)).toBe(`${'x'.repeat(198)}…`);
});

it('makes no half character, whatever the name', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 190, maxLength: 220 }), (name) => {
      expect(labelValue(name).isWellFormed()).toBe(true);
      expect(labelValue(name).length).toBeLessThanOrEqual(200);
    }),
  );
});

it('bounds names of 100 kB in every label, and in what every span carries', () => {
  const long = 'n'.repeat(100_000);
  const payload = eleven.talk(
    [
      eleven.row('user', 'Hi.', 1),
      eleven.row('agent', 'Yes.', 2, {
        agent_metadata: { agent_id: long, version_id: long },
        tool_calls: [{ tool_name: long, request_id: 'r' }],
        ...eleven.usage(long, { input: 1, output_total: 1 }),
      }),
    ],
    { more: { agent_id: long, agent_name: long, version_id: long } },
  );
  const { conversation, waitIds, batch } = eleven.translate(payload);
  const observations = observe(conversation, { source: 'test', waitIds, deliveredAt: conversation.end });
  expect(observations.map(({ metric }) => metric)).toContain('callspan.tool.calls');
  expect(observations.map(({ metric }) => metric)).toContain('callspan.tokens');
  for (const { labels } of observations) {
    for (const value of Object.values(labels)) expect(String(value).length).toBeLessThanOrEqual(200);
  }
  const texts = batch.kind === 'otlp' ? batch.spans.body.toString() : '';
  // What the payload has once may stand there once: the version and the model, each on the span it belongs to.
  expect(texts.split(long).length - 1).toBeLessThanOrEqual(3);
});
