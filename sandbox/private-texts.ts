import { type Call, withNested } from './call.ts';
import { summary } from './elevenlabs/analysis.ts';
import { accessToken, logUrl, recordingUrl } from './retell/call.ts';
import { prompt } from './vapi/messages.ts';
import { monitor, serverSecret, serverUrl, summary as vapiSummary } from './vapi/record.ts';

/** What a payload carries that must not, or not without being asked for, be found in an export. */
export interface PrivateTexts {
  /** Links and secrets: in no export, whatever is configured. */
  readonly never: readonly string[];
  /** Words, numbers and names of people: only with message content switched on. */
  readonly content: readonly string[];
  /** The private prompt and what is injected into it: only where that is asked for by itself. */
  readonly prompts: readonly string[];
}

/** Shorter texts are found by chance, in ids for instance. */
const SHORTEST_TELLING_TEXT = 8;

/** Texts of a call's payload to look for in what was made of it. They are as they were said, not JSON-escaped. */
export function privateTexts(call: Call): PrivateTexts {
  const said = call.turns.flatMap((turn) => [turn.text, turn.unheard ?? '']);
  const passed = call.turns.flatMap((turn) =>
    turn.tools.flatMap(withNested).flatMap((tool) => [
      ...textsOf(tool.arguments),
      // System tools answer with ids of agents, which are no secret.
      ...(tool.type === 'system' ? [] : textsOf(tool.result)),
      ...(tool.error === undefined ? [] : [tool.error.message]),
    ]),
  );
  const retrieved = call.turns.flatMap((turn) => (turn.rag === undefined ? [] : [turn.rag.query]));
  const { person } = call;
  const more = call.provider === 'elevenlabs' ? [summary(call), person.name, person.phone, person.id] : [];
  if (call.provider === 'retell') more.push(person.name, person.id);
  if (call.provider === 'vapi') more.push(vapiSummary(call), person.name, person.phone, person.id);
  const words = [...said, ...passed, ...retrieved, ...more].filter((text) => !text.startsWith('https://'));
  return {
    never: ['X-Goog-Signature', 'Bearer ', ...secretsOf(call)].filter((text) => text !== ''),
    content: [...new Set(words)].filter((text) => text.length >= SHORTEST_TELLING_TEXT),
    prompts: promptsOf(call),
  };
}

/** What opens a room, a recording or a running call; at Retell also who was called. */
function secretsOf(call: Call): string[] {
  switch (call.provider) {
    case 'elevenlabs':
      return [];
    case 'tavus':
      return [`https://tavus.daily.co/${call.id}`, call.traits.callbackUrl ?? ''];
    case 'retell':
      return [accessToken(call), recordingUrl(call), logUrl(call), call.person.phone, 'SPRING-40'];
    case 'vapi':
      return [...Object.values(monitor(call)), serverUrl(call), serverSecret(call)];
  }
}

function promptsOf(call: Call): string[] {
  if (call.provider === 'tavus') return call.notes.map((note) => note.text);
  return call.provider === 'vapi' ? [prompt(call)] : [];
}

function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsOf);
}
