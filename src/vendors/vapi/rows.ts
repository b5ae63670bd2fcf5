import type { Nanos } from '../../conversation.ts';
import { canonicalJson } from '../../json/canonical.ts';
import { asObject, type Json, objects, text } from '../../json/reading.ts';
import { measuredSeconds, unixMillis } from '../../time/nanos.ts';
import { checkParts } from '../../trace/bounds.ts';
import { speechLength } from './moments.ts';

/** One row of a call's `messages`. */
export interface VapiRow {
  readonly kind: 'user' | 'agent' | 'calls' | 'result';
  readonly text: string | undefined;
  readonly time: Nanos | undefined;
  /** `secondsFromStart`. */
  readonly offset: Nanos | undefined;
  readonly end: Nanos | undefined;
  /** How long of it something was heard: fragments of one turn are merged, with the pauses between them. */
  readonly speech: Nanos | undefined;
  readonly calls: readonly VapiToolCall[];
  /** Of a result: the call that it answers. */
  readonly callId: string | undefined;
  readonly result: string | undefined;
  readonly assistantId: string | undefined;
  readonly assistantName: string | undefined;
}

export interface VapiToolCall {
  readonly id: string | undefined;
  readonly name: string;
  readonly arguments: string | undefined;
}

export interface VapiRows {
  /** In the vendor's order, which is that of the dialogue. */
  readonly rows: readonly VapiRow[];
  /** What the model was told beforehand. */
  readonly instructions: readonly string[];
  /** The language of the words, as the transcriber names it. */
  readonly language: string | undefined;
  readonly drift: readonly string[];
}

const KINDS: Readonly<Record<string, VapiRow['kind']>> = {
  user: 'user',
  bot: 'agent',
  assistant: 'agent',
  tool_calls: 'calls',
  tool_call_result: 'result',
};

/** @throws TooLargeError */
export function readRows(messages: unknown): VapiRows {
  const found = objects(messages);
  checkParts(found.length, 'messages');
  checkParts(
    found.reduce((sum, row) => sum + objects(row.toolCalls).length, 0),
    'tool calls',
  );
  const unknown = new Set<string>();
  const rows = found.flatMap((row): VapiRow[] => {
    const role = text(row.role) ?? '';
    const kind = Object.hasOwn(KINDS, role) ? KINDS[role] : undefined;
    if (kind === undefined) {
      if (role !== 'system') unknown.add(role === '' ? 'message without a role' : `role ${role}`);
      return [];
    }
    return [readRow(row, kind)];
  });
  return {
    rows,
    instructions: found.flatMap((row) => (row.role === 'system' ? (text(row.message) ?? []) : [])),
    language: languageOf(found),
    drift: [...unknown],
  };
}

function readRow(row: Json, kind: VapiRow['kind']): VapiRow {
  const time = unixMillis(row.time);
  const until = unixMillis(row.endTime);
  const end = time === undefined || until === undefined || until < time ? undefined : until;
  const said = kind === 'user' || kind === 'agent' ? text(row.message) : undefined;
  return {
    kind,
    text: said === undefined || said.trim() === '' ? undefined : said,
    time,
    offset: measuredSeconds(row.secondsFromStart),
    end,
    speech: speechLength(row.duration, time === undefined || end === undefined ? undefined : end - time),
    calls: kind === 'calls' ? objects(row.toolCalls).flatMap(readCall) : [],
    callId: kind === 'result' ? text(row.toolCallId) : undefined,
    result: kind === 'result' && row.result != null ? asText(row.result) : undefined,
    assistantId: text(row.assistantId),
    assistantName: text(row.assistantName),
  };
}

function readCall(call: Json): VapiToolCall[] {
  const called = { ...call, ...asObject(call.function) };
  const name = text(called.name);
  if (name === undefined) return [];
  const given = called.arguments;
  return [{ id: text(call.id), name, arguments: given == null ? undefined : asText(given) }];
}

/** Texts as they are; anything else as JSON that does not depend on the order of its keys. */
function asText(value: unknown): string {
  return typeof value === 'string' ? value : canonicalJson(value);
}

/** BCP 47; anything else could be anything. */
const LANGUAGE = /^[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}$/;

function languageOf(rows: readonly Json[]): string | undefined {
  for (const row of rows) {
    if (row.role !== 'user') continue;
    const [word] = objects(asObject(row.metadata).wordLevelConfidence);
    const language = text(word?.language);
    if (language !== undefined && LANGUAGE.test(language)) return language;
  }
  return undefined;
}
