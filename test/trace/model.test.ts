import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { toOtlp } from '../../src/trace/span-batch.ts';
import { meaningOf } from './meaning.ts';
import { translatePayload } from './sandbox-calls.ts';

/**
 * What the golden payloads meant in version 1 of the trace model, as that version wrote them: `<payload>, <content>`.
 * Version 2 writes attributes in another order and leaves out what OTLP's defaults say.
 */
const VERSION_1: Readonly<Record<string, string>> = JSON.parse(
  readFileSync(new URL('../fixtures/trace-model-1.json', import.meta.url), 'utf8'),
);

describe('the second version of the trace model', () => {
  it.each(Object.entries(VERSION_1))('says what the first one said: %s', (name, meaning) => {
    const [path = '', content] = name.split(', ');
    const payload = JSON.parse(readFileSync(new URL(`../fixtures/${path}.json`, import.meta.url), 'utf8'));
    const id = payload.conversation_id ?? payload.data?.conversation_id ?? '';
    const provider = path.startsWith('tavus') ? 'tavus' : 'elevenlabs';
    const full = content === 'full';
    const translated = translatePayload(provider, payload, id, {
      content: full ? 'full' : 'none',
      systemPrompt: full,
    });
    expect(translated && meaningOf(toOtlp(translated.batch))).toBe(meaning);
  });

  it('is compared with it for every way of a payload and of its content', () => {
    expect(Object.keys(VERSION_1).length).toBeGreaterThan(40);
  });
});
