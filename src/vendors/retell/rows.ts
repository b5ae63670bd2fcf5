import type { Nanos } from '../../conversation.ts';
import { canonicalJson } from '../../json/canonical.ts';
import { flag, type Json, objects, text } from '../../json/reading.ts';
import { measuredSeconds } from '../../time/nanos.ts';
import { decimal } from './decimal.ts';

/** A row of the transcript. Lengths and times are from the call's start. */
export type Row = Speech | Call | Result | Happening;

export interface Speech {
  readonly kind: 'speech';
  /** `other`: whom the call was transferred to, who is neither. */
  readonly speaker: 'user' | 'agent' | 'other';
  readonly content: string | undefined;
  /** From the first word's start to the last one's end, approximately; undefined where no word has a time. */
  readonly span: { readonly start: Nanos; readonly end: Nanos } | undefined;
}

export interface Call {
  readonly kind: 'call';
  readonly id: string | undefined;
  readonly name: string;
  readonly arguments: string | undefined;
  readonly at: Nanos | undefined;
}

export interface Result {
  readonly kind: 'result';
  readonly id: string | undefined;
  readonly content: string | undefined;
  readonly successful: boolean | undefined;
  readonly at: Nanos | undefined;
}

/** What is neither said nor called: a step of the agent's graph, a key that was pressed, a message, an injection. */
export interface Happening {
  readonly kind: 'happening';
  readonly type: string;
  readonly at: Nanos | undefined;
  readonly fields: Json;
}

const HAPPENINGS = ['node_transition', 'dtmf', 'sms', 'injected'];

/** Reads rows in their order: that is their meaning. */
export function readRows(list: readonly Json[]): { rows: Row[]; drift: string[] } {
  const drift = new Set<string>();
  const rows = list.flatMap((row): Row[] => {
    const role = text(row.role);
    switch (role) {
      case 'agent':
      case 'user':
        return [speech(row, role)];
      case 'transfer_target':
        return [speech(row, 'other')];
      case 'tool_call_invocation':
        return call(row);
      case 'tool_call_result':
        return [result(row)];
      case undefined:
        drift.add('transcript row without role');
        return [];
      default:
        // It becomes the name of a span: a word of the vendor's, never a sentence.
        if (!/^[a-z][a-z0-9_]{0,63}$/.test(role)) {
          drift.add('transcript row whose role is none');
          return [];
        }
        if (!HAPPENINGS.includes(role)) drift.add(`role ${role}`);
        return [{ kind: 'happening', type: role, at: offset(row.time_sec), fields: row }];
    }
  });
  return { rows, drift: [...drift] };
}

function speech(row: Json, speaker: Speech['speaker']): Speech {
  let start: Nanos | undefined;
  let end: Nanos | undefined;
  for (const word of objects(row.words)) {
    const from = offset(word.start);
    const to = offset(word.end) ?? from;
    if (from !== undefined && (start === undefined || from < start)) start = from;
    if (to !== undefined && (end === undefined || to > end)) end = to;
  }
  const begin = start ?? end;
  const span =
    begin === undefined || end === undefined ? undefined : { start: begin, end: end < begin ? begin : end };
  return { kind: 'speech', speaker, content: said(row.content), span };
}

function call(row: Json): Call[] {
  const name = text(row.name);
  if (name === undefined) return [];
  return [
    {
      kind: 'call',
      id: text(row.tool_call_id),
      name,
      arguments: asText(row.arguments),
      at: offset(row.time_sec),
    },
  ];
}

function result(row: Json): Result {
  return {
    kind: 'result',
    id: text(row.tool_call_id),
    content: asText(row.content),
    successful: flag(row.successful),
    at: offset(row.time_sec),
  };
}

function said(content: unknown): string | undefined {
  return typeof content === 'string' && content.trim() !== '' ? content : undefined;
}

/** Texts as they are; anything else as JSON that does not depend on the order of its keys. */
function asText(value: unknown): string | undefined {
  if (value == null || value === '') return undefined;
  return typeof value === 'string' ? value : canonicalJson(value);
}

/** Seconds from the start. Zero is one. */
function offset(value: unknown): Nanos | undefined {
  return measuredSeconds(decimal(value));
}
