/** `transcript_with_tool_calls`: speech, calls, their results and what else happened, in one list in order of time. */
import { type RetellCall, type ToolCall, type Turn, toolEnd } from '../call.ts';
import type { Json } from '../fields.ts';
import { mix } from '../random.ts';
import type { Micros } from '../time.ts';
import { offset } from './clock.ts';

interface Row {
  readonly at: Micros;
  readonly json: Json;
}

export function transcript(call: RetellCall): Json[] {
  const rows: Row[] = [
    ...call.traits.transitions.map((at, place) => transition(call, at, place)),
    ...call.turns.flatMap((turn) => turnRows(call, turn)),
    ...(call.traits.handedOverAt === undefined ? [] : [colleague(call, call.traits.handedOverAt)]),
  ];
  return rows
    .map((row, place) => ({ row, place }))
    .sort((left, right) => left.row.at - right.row.at || left.place - right.place)
    .map(({ row }) => row.json);
}

/** What was said, without the rest. */
export function utterances(call: RetellCall): Json[] {
  return transcript(call).filter(
    ({ role }) => role === 'agent' || role === 'user' || role === 'transfer_target',
  );
}

/** `Agent: …` and `User: …`, a line each. */
export function plainTranscript(call: RetellCall): string {
  return utterances(call)
    .map(({ role, content }) => `${role === 'user' ? 'User' : 'Agent'}: ${String(content)}`)
    .join('\n');
}

function turnRows(call: RetellCall, turn: Turn): Row[] {
  const rows: Row[] = [];
  if (turn.text !== '') {
    const words = call.traits.wordsTimed ? { words: wordsOf(call, turn) } : {};
    rows.push({ at: turn.start, json: { role: turn.speaker, content: turn.text, ...words } });
  }
  for (const tool of turn.tools) rows.push(...toolRows(call, tool));
  // An agent that was told to say nothing says so in a row of its own.
  if (call.traits.unspoken && turn.speaker === 'user' && mix(turn.text) % 3 === 0)
    rows.push(silence(call, turn));
  return rows;
}

function silence(call: RetellCall, { end }: Turn): Row {
  const at = call.traits.numbersAsText ? String(offset(call, end) / 1000) : offset(call, end) / 1000;
  const content = '[No response, waiting for the next utterance.]';
  const isBlank = mix(content, offset(call, end)) % 2 === 0;
  return {
    at: end,
    json: isBlank
      ? { role: 'agent', content, words: [{ word: content, start: at, end: at }] }
      : { role: 'agent', content: 'Hm.', words: [] },
  };
}

/** Some words have no times of their own; the first and the last of an utterance do. */
function wordsOf(call: RetellCall, turn: Turn): Json[] {
  const texts = turn.text.split(/\s+/).filter((text) => text !== '');
  const from = offset(call, turn.start);
  const to = offset(call, turn.end);
  const written = (millis: number) => (call.traits.numbersAsText ? String(millis / 1000) : millis / 1000);
  const at = (place: number) => written(Math.round(from + ((to - from) * place) / texts.length));
  return texts.map((word, place) => {
    if (place === 0 && texts.length === 1) return { word, start: written(from), end: written(to) };
    if (place === 0) return { word, start: written(from), end: at(1) };
    if (place === texts.length - 1) return { start: at(place), end: written(to), word };
    return mix(word, place) % 9 === 0 ? { word } : { word, start: at(place), end: at(place + 1) };
  });
}

function toolRows(call: RetellCall, tool: ToolCall): Row[] {
  const end = toolEnd(tool);
  const timed = (at: Micros) => (call.traits.toolsTimed ? { time_sec: offset(call, at) / 1000 } : {});
  const invocation = {
    role: 'tool_call_invocation',
    tool_call_id: tool.id,
    name: tool.name,
    arguments: Object.keys(tool.arguments).length === 0 ? '' : JSON.stringify(tool.arguments),
    ...timed(tool.start),
    ...(mix(tool.id) % 2 === 0 ? { type: 'function' } : {}),
  };
  const result = {
    role: 'tool_call_result',
    tool_call_id: tool.id,
    successful: tool.error === undefined,
    content: tool.error?.message ?? JSON.stringify(tool.result),
    ...timed(end),
  };
  return [
    { at: tool.start, json: invocation },
    { at: end, json: result },
  ];
}

function transition(call: RetellCall, at: Micros, place: number): Row {
  return {
    at,
    json: {
      role: 'node_transition',
      former_node_id: place === 0 ? 'begin' : `node-${place}`,
      former_node_name: place === 0 ? 'start' : `Step ${place}`,
      new_node_id: `node-${place + 1}`,
      new_node_name: `Step ${place + 1}`,
      time_sec: offset(call, at) / 1000,
      transition_type: place === 0 ? 'normal' : 'auto',
    },
  };
}

function colleague(call: RetellCall, at: Micros): Row {
  const from = offset(call, at) / 1000;
  return {
    at,
    json: {
      role: 'transfer_target',
      content: 'Second line, how can I help?',
      words: [{ word: 'Second', start: from, end: from + 1 }],
    },
  };
}
