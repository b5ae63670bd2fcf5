import { readFileSync } from 'node:fs';
import * as published from '@opentelemetry/semantic-conventions/incubating';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import {
  CALLSPAN,
  ERROR_TYPE,
  EVENT_EVALUATION_RESULT,
  GEN_AI,
  OPERATION,
  SERVER_ADDRESS,
  SERVICE_NAME,
  SESSION_ID,
  TURN,
} from '../../src/trace/semconv.ts';
import { toOtlp } from '../../src/trace/span-batch.ts';
import { readSpans } from './read-spans.ts';
import { finalPayload, sandboxCalls, translatePayload } from './sandbox-calls.ts';

const names = published as unknown as Readonly<Record<string, string>>;

describe('names of the semantic conventions', () => {
  it.each(Object.entries(GEN_AI))('GEN_AI.%s is the published %s', (constant, value) => {
    expect(names[`ATTR_GEN_AI_${constant}`]).toBe(value);
  });

  it.each(Object.entries(OPERATION))('OPERATION.%s is the published %s', (constant, value) => {
    expect(names[`GEN_AI_OPERATION_NAME_VALUE_${constant}`]).toBe(value);
  });

  it('of the other conventions are the published ones', () => {
    expect([ERROR_TYPE, SERVER_ADDRESS, SERVICE_NAME, SESSION_ID, EVENT_EVALUATION_RESULT]).toEqual([
      names.ATTR_ERROR_TYPE,
      names.ATTR_SERVER_ADDRESS,
      names.ATTR_SERVICE_NAME,
      names.ATTR_SESSION_ID,
      names.EVENT_GEN_AI_EVALUATION_RESULT,
    ]);
  });

  it('are callspan’s own, or Pipecat’s, only where the conventions have none', () => {
    const taken = new Set(Object.values(names));
    for (const name of [...Object.values(CALLSPAN), ...Object.values(TURN)]) {
      expect(name).toMatch(/^(callspan|turn)(\.[a-z]+(_[a-z]+)*)+$/);
      expect(taken.has(name)).toBe(false);
    }
  });
});

describe('messages', () => {
  const file = new URL('../fixtures/schemas/gen-ai-messages.schema.json', import.meta.url);
  const ajv = new Ajv2020().addSchema(JSON.parse(readFileSync(file, 'utf8')), 'messages');
  const schemas: Readonly<Record<string, string>> = {
    [GEN_AI.INPUT_MESSAGES]: 'input',
    [GEN_AI.OUTPUT_MESSAGES]: 'output',
    [GEN_AI.SYSTEM_INSTRUCTIONS]: 'instructions',
  };

  it.each(['elevenlabs', 'tavus'] as const)('of %s are what the conventions’ schemas want', (provider) => {
    const seen = new Map<string, number>();
    for (const call of sandboxCalls(provider, 1)) {
      const translated = translatePayload(provider, finalPayload(call), call.id, {
        content: 'full',
        systemPrompt: true,
      });
      if (!translated) continue;
      for (const { attributes } of readSpans(toOtlp(translated.batch))) {
        for (const [key, definition] of Object.entries(schemas)) {
          if (!(key in attributes)) continue;
          seen.set(definition, (seen.get(definition) ?? 0) + 1);
          const valid = ajv.validate(`messages#/$defs/${definition}`, JSON.parse(String(attributes[key])));
          expect(valid ? '' : ajv.errorsText()).toBe('');
        }
      }
    }
    expect([...seen.keys()].sort()).toEqual(
      provider === 'tavus' ? ['input', 'instructions', 'output'] : ['input', 'output'],
    );
  });
});
