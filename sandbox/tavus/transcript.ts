/** The transcript of a conversation: speech, calls of tools, their answers, and prompts, in one list. */
import { type TavusCall, type ToolCall, type Turn, toolEnd } from '../call.ts';
import type { Json } from '../fields.ts';
import { mix } from '../random.ts';
import { isoMicros, type Micros, micros, secondsOfMicros } from '../time.ts';

/** How far the stamps are off where they are of another day: the vendor's example is 23 days late. */
const SHIFT = micros(23 * 86_400 + 5 * 3600);

/** How long after the reply's first word a typed message is echoed. */
const ECHO = micros(1.15);

interface Entry {
  /** Where it stands in the list. */
  readonly at: Micros;
  /** The time that it carries; that of its place, where it is left out. */
  readonly stamp?: Micros;
  /** Microseconds; absent where nobody speaks. */
  readonly length?: Micros;
  readonly timed: boolean;
  readonly json: Json;
}

/** The entries in the vendor's order, that of time. */
export function transcript(call: TavusCall): Json[] {
  const notes: Entry[] = call.notes.map((note) => ({
    at: note.at,
    timed: false,
    json: { role: 'system', content: note.text },
  }));
  const entries = [...notes, ...call.turns.flatMap((turn) => turnEntries(call, turn))];
  const ordered = entries
    .map((entry, place) => ({ entry, place }))
    .sort((left, right) => left.entry.at - right.entry.at || left.place - right.place)
    .map(({ entry }) => entry);
  // Where there is nothing else to go by, seconds are counted from the join; else from the first entry with a time.
  const first = ordered.find((entry) => entry.timed)?.at ?? call.start;
  const zero = call.traits.timing === 'from-start' ? (call.join ?? first) : first;
  return ordered.map((entry) => ({ ...entry.json, ...(entry.timed ? timing(call, entry, zero) : {}) }));
}

function turnEntries(call: TavusCall, turn: Turn): Entry[] {
  if (turn.typed) return [typedEntry(call, turn)];
  if (turn.speaker === 'user') {
    const answered = call.traits.inferenceOnUsers
      ? { inference_id: replyTo(call, turn)?.inferenceId ?? null }
      : {};
    return [entry(call, turn, { role: 'user', content: turn.text, ...answered })];
  }
  const calling = turn.tools.length === 0 ? {} : { tool_calls: turn.tools.map(callJson) };
  const inferred = turn.inferenceId === undefined ? {} : { inference_id: turn.inferenceId };
  const spoken = entry(call, turn, { role: 'assistant', content: turn.text, ...inferred, ...calling });
  return [spoken, ...turn.tools.flatMap((tool) => answers(call, tool))];
}

function entry(call: TavusCall, turn: Turn, json: Json): Entry {
  const speaks = turn.text !== '';
  const timed = speaks || (turn.tools.length > 0 && call.traits.toolsTimed);
  return { at: turn.start, timed, json, ...(speaks ? { length: turn.end - turn.start } : {}) };
}

/** It stands before its reply and names the same inference, but is stamped after it has begun. */
function typedEntry(call: TavusCall, turn: Turn): Entry {
  const reply = replyTo(call, turn);
  const stamp = (reply?.start ?? turn.start) + ECHO;
  const json = { role: 'user', content: turn.text, inference_id: reply?.inferenceId ?? null };
  return { at: turn.start, stamp, timed: true, length: 0, json };
}

/** The first words of the replica's that were not begun before the user's. */
function replyTo(call: TavusCall, turn: Turn): Turn | undefined {
  const after = call.turns.slice(call.turns.indexOf(turn) + 1);
  return after.find((later) => later.speaker === 'agent' && later.text !== '');
}

function callJson(tool: ToolCall): Json {
  const body = { name: tool.name, arguments: JSON.stringify(tool.arguments) };
  // Two parsers in public disagree on where the name stands, so both are written.
  return mix(tool.id) % 4 === 0
    ? { id: tool.id, type: 'function', ...body }
    : { id: tool.id, type: 'function', function: body };
}

/** A deferred tool answers twice, and the vendor echoes its call under the second answer's id. */
function answers(call: TavusCall, tool: ToolCall): Entry[] {
  const timed = call.traits.toolsTimed;
  const content = JSON.stringify(tool.result);
  const at = toolEnd(tool);
  if (!tool.deferred) return [{ at, timed, json: { role: 'tool', tool_call_id: tool.id, content } }];
  const id = `${tool.id}_result`;
  const echo = { role: 'assistant', content: '', tool_calls: [{ ...callJson(tool), id }] };
  return [
    { at: tool.start, timed, json: { role: 'tool', tool_call_id: tool.id, content: 'dispatched...' } },
    { at, timed, json: echo },
    { at, timed, json: { role: 'tool', tool_call_id: id, content } },
  ];
}

function timing(call: TavusCall, entry: Entry, zero: Micros): Json {
  const at = entry.stamp ?? entry.at;
  const fromStart = { seconds_from_start: secondsOfMicros(at - zero) };
  const duration = entry.length === undefined ? {} : { duration: secondsOfMicros(entry.length) };
  switch (call.traits.timing) {
    case 'none':
      return {};
    case 'from-start':
      return { ...fromStart, ...duration };
    case 'iso':
      return { timestamp: isoMicros(at), ...fromStart, ...duration };
    case 'no-durations':
      return { timestamp: secondsOfMicros(at), ...fromStart };
    case 'shifted':
      return { timestamp: secondsOfMicros(at + SHIFT), ...fromStart, ...duration };
    case 'epoch':
      return { timestamp: secondsOfMicros(at), ...fromStart, ...duration };
  }
}
