import { type Call, type TavusCall, type ToolCall, type Turn, toolEnd } from '../call.ts';
import { price } from '../model.ts';
import { secondsOfMicros, secondsOfNanos } from '../time.ts';
import { answerTo, lengthsKnown } from './answers.ts';
import type { TruthAgent, TruthTokens, TruthTool, TruthWait } from './truth.ts';

/** The number of the exchange that each turn belongs to, from 1. */
export function exchangeNumbers(turns: readonly Turn[]): number[] {
  let number = 0;
  let last: Turn['speaker'] | undefined;
  return turns.map((turn) => {
    if (last === undefined || (turn.speaker === 'user' && last === 'agent')) number += 1;
    last = turn.speaker;
    return number;
  });
}

export function waitsOf(call: Call, turns: readonly Turn[], exchanges: readonly number[]): TruthWait[] {
  return turns.flatMap((turn, place) => {
    const exchange = exchanges[place] ?? 0;
    if (call.provider === 'elevenlabs') {
      if (turn.wait === undefined) return [];
      const phases = phasesOf(turns, turn);
      return [{ seconds: secondsOfNanos(turn.wait), exchange, phases, agent: truthAgent(call, turn.agent) }];
    }
    if (turn.speaker !== 'user' || !lengthsKnown(call)) return [];
    const { reply } = answerTo(call, turns, turn);
    if (reply === undefined || reply.start < turn.end) return [];
    return [
      { seconds: secondsOfMicros(reply.start - turn.end), exchange, phases: {}, agent: truthAgent(call, 0) },
    ];
  });
}

function phasesOf(turns: readonly Turn[], turn: Turn): TruthWait['phases'] {
  const heard = turns.slice(0, turns.indexOf(turn)).findLast((earlier) => earlier.speaker === 'user');
  const measured = {
    turn_detection: turn.metrics.turnDetection,
    asr: heard?.metrics.asr,
    rag: turn.rag?.latency,
    llm_ttfb: turn.metrics.llm,
    tts_ttfb: turn.metrics.tts,
  };
  const there = Object.entries(measured).filter((entry): entry is [string, number] => entry[1] !== undefined);
  return Object.fromEntries(there.map(([name, length]) => [name, secondsOfNanos(length)]));
}

/** One of the call's agents, as far as it is published: only the first one's name is. */
export function truthAgent(call: Call, number: number): TruthAgent {
  const agent = call.agents[number];
  if (agent === undefined) throw new RangeError(`${call.id} has no agent ${number}`);
  const version = agent.version ?? agent.branch;
  return {
    id: agent.id,
    ...(agent.name === undefined || number > 0 ? {} : { name: agent.name }),
    ...(version === undefined ? {} : { version }),
  };
}

export function toolsOf(call: Call, turns: readonly Turn[], exchanges: readonly number[]): TruthTool[] {
  return turns.flatMap((turn, place) =>
    turn.tools.map((tool) => ({
      name: tool.name,
      id: tool.id,
      exchange: exchanges[place] ?? 0,
      ...(call.provider === 'elevenlabs' ? elevenLabsTool(tool) : tavusTool(call, turn, tool)),
    })),
  );
}

function elevenLabsTool(tool: ToolCall): Pick<TruthTool, 'error' | 'seconds'> {
  const error = tool.error === undefined ? undefined : errorType(tool.error.type);
  return {
    ...(error === undefined ? {} : { error }),
    ...(tool.measured ? { seconds: secondsOfNanos(tool.latency) } : {}),
  };
}

function tavusTool(call: TavusCall, turn: Turn, tool: ToolCall): Pick<TruthTool, 'seconds'> {
  const timed = call.traits.toolsTimed && call.traits.timing !== 'none';
  return timed ? { seconds: secondsOfMicros(toolEnd(tool) - turn.start) } : {};
}

function errorType(type: string | undefined): string {
  return type !== undefined && /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(type) ? type : 'tool_error';
}

export function tokensOf(turns: readonly Turn[]): Record<string, TruthTokens> {
  const models: Record<string, TruthTokens> = {};
  for (const { model } of turns) {
    if (model === undefined) continue;
    const { usage } = model;
    const sum = models[model.name] ?? { input: 0, cacheRead: 0, cacheWrite: 0, output: 0 };
    models[model.name] = {
      input: sum.input + usage.input.tokens,
      cacheRead: sum.cacheRead + usage.cacheRead.tokens,
      cacheWrite: sum.cacheWrite + usage.cacheWrite.tokens,
      output: sum.output + usage.output.tokens,
    };
  }
  return models;
}

export function llmCost(turns: readonly Turn[]): { llmUsd?: number } {
  const used = turns.flatMap(({ model }) => (model === undefined ? [] : [price(model.usage)]));
  if (used.length === 0) return {};
  return { llmUsd: Math.round(used.reduce((sum, one) => sum + one, 0) * 1e9) / 1e9 };
}
