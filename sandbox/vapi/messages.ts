/** `messages`: prompt, words, calls of tools and their results, in one list. */
import { type ToolCall, type Turn, toolEnd, type VapiCall } from '../call.ts';
import type { Json } from '../fields.ts';
import { mix } from '../random.ts';
import { type Micros, secondsOfMicros } from '../time.ts';

interface Row {
  readonly at: Micros;
  readonly json: Json;
}

/** What the list has at an instant; nothing of the future. */
export function messagesJson(call: VapiCall, at: Micros): Json[] {
  const zero = call.answered ?? call.start;
  const rows: Row[] = [
    { at: zero, json: row('system', zero, zero, { message: prompt(call) }) },
    ...call.turns.flatMap((turn) => turnRows(call, turn, zero)),
  ];
  return rows
    .filter((one) => one.at <= at)
    .map((one, place) => ({ one, place }))
    .sort((left, right) => left.one.at - right.one.at || left.place - right.place)
    .map(({ one }) => one.json);
}

export function prompt(call: VapiCall): string {
  return `You answer for a shop, to ${call.person.name}. Never mention the discount code SPRING-40.`;
}

function row(role: string, at: Micros, zero: Micros, more: Json): Json {
  return { role, time: at / 1000, secondsFromStart: secondsOfMicros(at - zero), ...more };
}

function turnRows(call: VapiCall, turn: Turn, zero: Micros): Row[] {
  const { traits } = call;
  const holder = call.agents[turn.agent];
  const whose =
    traits.squad && turn.speaker === 'agent' && holder !== undefined
      ? { assistantId: holder.id, ...(holder.name === undefined ? {} : { assistantName: holder.name }) }
      : {};
  const words: Row[] =
    turn.text === '' ? [] : [{ at: turn.start, json: { ...spoken(call, turn, zero), ...whose } }];
  if (turn.tools.length === 0) return words;
  const calls = row('tool_calls', turn.start, zero, {
    message: '',
    toolCalls: turn.tools.map(callJson),
    ...whose,
  });
  const results = turn.tools.map((tool): Row => {
    const at = toolEnd(tool);
    return {
      at,
      json: row('tool_call_result', at, zero, { toolCallId: tool.id, name: tool.name, result: answer(tool) }),
    };
  });
  // What is called while something is said about it was called first.
  return [{ at: turn.start, json: calls }, ...words, ...results];
}

/** The end is told; the duration is that of the sound, and of a user's words the pauses between are not. */
function spoken(call: VapiCall, turn: Turn, zero: Micros): Json {
  const { traits } = call;
  const user = turn.speaker === 'user';
  const length = turn.end - turn.start;
  const heard = Math.round(length * (user ? 0.35 : 0.8));
  const duration = traits.durations === 'milliseconds' ? heard / 1000 : secondsOfMicros(heard);
  // Of a message that was typed nobody says how long it took.
  const timing = traits.textOnly ? {} : { endTime: turn.end / 1000, duration };
  const lag = user ? traits.audioLag : 0;
  return {
    ...row(user ? 'user' : traits.agentRole, turn.start, zero, { message: turn.text, ...timing }),
    secondsFromStart: secondsOfMicros(turn.start - zero - lag),
    ...(user ? {} : { source: '' }),
    ...(user && traits.publishesLanguage ? { metadata: confidence(call, turn, zero) } : {}),
  };
}

/** Of the first fragment only. */
function confidence(call: VapiCall, turn: Turn, zero: Micros): Json {
  const [word = turn.text] = turn.text.split(' ');
  const start = secondsOfMicros(turn.start - zero);
  const one = { word: word.toLowerCase(), start, end: start + 0.4, confidence: 0.86 };
  return { wordLevelConfidence: [{ ...one, punctuated_word: word, language: call.language }] };
}

function callJson(tool: ToolCall): Json {
  return {
    id: tool.id,
    type: 'function',
    function: { name: tool.name, arguments: JSON.stringify(tool.arguments) },
  };
}

/** Nothing says whether it failed, but what it answered; and every customer's server says it in its own way. */
function answer({ id, error, result }: ToolCall): string {
  if (error === undefined) return JSON.stringify(result);
  const ways = [
    JSON.stringify({ error: error.message }),
    `Error: ${error.message}`,
    JSON.stringify({ success: false, detail: error.message }),
    `No result returned for toolCallId: ${id}`,
  ];
  return ways[mix(id) % ways.length] ?? error.message;
}
