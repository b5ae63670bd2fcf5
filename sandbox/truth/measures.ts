import { type Call, type TavusCall, type ToolCall, type Turn, toolEnd, withNested } from '../call.ts';
import { price } from '../model.ts';
import { secondsOfMicros, secondsOfNanos } from '../time.ts';
import { told } from './answers.ts';
import type { TruthAgent, TruthTokens, TruthTool } from './truth.ts';

/** The number of the exchange that each turn belongs to, from 1. A hum is no turn, and opens none. */
export function exchangeNumbers(turns: readonly Turn[]): number[] {
  let number = 0;
  let last: Turn['speaker'] | undefined;
  return turns.map((turn) => {
    if (turn.backchannel) return number;
    if (last === undefined || (turn.speaker === 'user' && last === 'agent')) number += 1;
    last = turn.speaker;
    return number;
  });
}

/** One of the call's agents, as far as it is published: but for Vapi's only the first one's name is. */
export function truthAgent(call: Call, number: number): TruthAgent {
  const agent = call.agents[number];
  if (agent === undefined) throw new RangeError(`${call.id} has no agent ${number}`);
  const version = agent.version ?? agent.branch;
  return {
    id: agent.id,
    ...(agent.name === undefined || (number > 0 && call.provider !== 'vapi') ? {} : { name: agent.name }),
    ...(version === undefined ? {} : { version }),
  };
}

/** Every call, what workflows called in turn included. */
export function toolsOf(call: Call, turns: readonly Turn[], exchanges: readonly number[]): TruthTool[] {
  return turns.flatMap((turn, place) =>
    turn.tools.flatMap(withNested).map((tool) => ({
      name: tool.name,
      id: tool.id,
      exchange: exchanges[place] ?? 0,
      ...toolFacts(call, turn, tool),
    })),
  );
}

function toolFacts(call: Call, turn: Turn, tool: ToolCall): Pick<TruthTool, 'error' | 'seconds'> {
  switch (call.provider) {
    case 'elevenlabs':
      return elevenLabsTool(tool);
    case 'tavus':
      return tavusTool(call, turn, tool);
    case 'retell':
      return {
        ...(tool.error === undefined ? {} : { error: 'tool_error' }),
        ...(call.traits.toolsTimed ? { seconds: toolSeconds(call, tool) } : {}),
      };
    case 'vapi':
      return {
        ...(tool.error === undefined ? {} : { error: 'tool_error' }),
        seconds: secondsOfMicros(toolEnd(tool) - turn.start),
      };
  }
}

/** As exactly as Retell tells both its ends. */
export function toolSeconds(call: Call, tool: ToolCall): number {
  return secondsOfMicros(told(call, toolEnd(tool)) - told(call, tool.start));
}

function elevenLabsTool(tool: ToolCall): Pick<TruthTool, 'error' | 'seconds'> {
  const failed = tool.error === undefined ? undefined : errorType(tool.error.type);
  const error = failed ?? (tool.refused === 'blocked' ? 'blocked' : undefined);
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
