import { synthesize } from '../../../src/trace/synthesize.ts';
import type { Fetched, Reading } from '../../../src/vendors/vendor.ts';
import { toyConversation } from './conversation.ts';
import { readToy } from './payload.ts';

/** What is to be done with a payload. Pure: no clock, no network, no chance. */
export function readBody(body: unknown, { id, settings, settle, now }: Reading): Fetched {
  const payload = readToy(body);
  const { start, end, lines } = payload;
  if (end === undefined) return { kind: 'pending', reason: 'it goes on' };
  if (now < end * 1_000 + settle) {
    return { kind: 'pending', reason: 'words may still come', notBefore: end * 1_000 + settle };
  }
  if (start === undefined || lines.length === 0) return { kind: 'empty', reason: 'nobody said a word' };
  const conversation = toyConversation(payload, id ?? payload.id ?? 'unknown', start, end);
  const resource = { ...settings.resource, 'service.name': 'toy-calls' };
  return {
    kind: 'ready',
    translated: { conversation, ...synthesize(conversation, settings, resource), drift: [] },
  };
}
