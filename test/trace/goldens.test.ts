import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { toOtlp } from '../../src/trace/span-batch.ts';
import { goldenText } from './golden.ts';
import { translatePayload } from './sandbox-calls.ts';

/**
 * A payload of a vendor beside the trace that is made of it, to be read by people: `<name>.json`, `<name>.trace.txt`
 * and, with content and prompt, `<name>.full.trace.txt`. UPDATE_GOLDENS=1 writes the traces anew: read the diff.
 */
const UPDATE = process.env.UPDATE_GOLDENS === '1';
const MODES = [
  ['.trace.txt', { content: 'none' }],
  ['.full.trace.txt', { content: 'full', systemPrompt: true }],
] as const;
const LARGEST = 60_000;

interface Payload {
  readonly conversation_id?: string;
  readonly call_id?: string;
  readonly id?: string;
  readonly data?: Payload;
  readonly call?: Payload;
  readonly message?: Payload;
}

/** A webhook has the document inside. */
function idOf({ conversation_id, call_id, id, data, call, message }: Payload): string {
  const inside = data ?? call ?? message;
  return conversation_id ?? call_id ?? id ?? (inside === undefined ? '' : idOf(inside));
}

describe.each(['elevenlabs', 'tavus', 'retell', 'vapi'] as const)('the golden traces of %s', (provider) => {
  const folder = new URL(`../fixtures/${provider}/`, import.meta.url);
  const names = readdirSync(folder).flatMap((file) =>
    file.endsWith('.json') ? [file.slice(0, -'.json'.length)] : [],
  );

  it.each(names)('%s', (name) => {
    const payload: unknown = JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8'));
    const id = idOf(payload as Payload);
    for (const [suffix, changes] of MODES) {
      const file = new URL(`${name}${suffix}`, folder);
      // The trace with content is there only of some: those in which there is something to see.
      if (suffix !== MODES[0][0] && !existsSync(file)) continue;
      const translated = translatePayload(provider, payload, id, changes);
      const text = translated ? goldenText(toOtlp(translated.batch)) : 'nothing to export\n';
      if (UPDATE) writeFileSync(file, text);
      expect(text).toBe(readFileSync(file, 'utf8'));
    }
  });

  it('are at least 13, and small enough to be read', () => {
    expect(names.length).toBeGreaterThanOrEqual(13);
    for (const file of readdirSync(folder))
      expect(readFileSync(new URL(file, folder)).length).toBeLessThan(LARGEST);
  });
});
