import type { Agent, Nanos, Timing, Tool, Turn } from '../../conversation.ts';
import { measured, measuredMillis, secondsToNanos } from '../../time/nanos.ts';
import { exchangeNumbers, isSilence } from '../exchange.ts';
import { type JoinedTool, type JoinedTurn, toolName } from './join.ts';
import { attributeNumber, attributeText, type ElevenLabsNode, type VendorSpan } from './span.ts';
import { type ModelUsage, mergeUsage, priceOf, readMetered, splitUsageKey, tokensByModel } from './usage.ts';
import { retrievalOf, waitOf } from './wait.ts';

/**
 * Rows have one whole second and no end, so an unanswered user is one who hears nothing for five seconds after
 * having spoken for three.
 */
const UNANSWERED = secondsToNanos(8);

export interface TurnFrame {
  readonly start: Nanos;
  readonly end: Nanos;
  /** The conversation's agent: it holds the turns that name no other. */
  readonly agent: Agent;
}

export function makeTurns(joined: readonly JoinedTurn[], frame: TurnFrame): Turn[] {
  const numbers = exchangeNumbers(joined.map((turn) => turn.speaker));
  const holders = holdersOf(joined, frame.agent);
  const texts = joined.map(textOf);
  // Without a single text (a skeleton, a transcript that was blanked) nothing is known of who was silent.
  const isBlank = texts.every((said) => said === undefined);
  const spoken = joined.map((turn, index) => hasSpoken(turn, texts[index], isBlank));
  let heard: JoinedTurn | undefined;
  return joined.map((turn, index): Turn => {
    const { node, row, speaker } = turn;
    const said = texts[index];
    const speaks = spoken[index] ?? false;
    const timing = timingOf(turn);
    if (speaker === 'user') heard = turn;
    const silence =
      speaker === 'user' && speaks && !row?.backchannel
        ? silenceAfter(joined, index, spoken, frame)
        : undefined;
    const reply = speaker === 'agent' ? replyOf(turn, said, heard, frame.start) : undefined;
    return {
      number: numbers[index] ?? 1,
      speaker,
      start: node.start,
      end: node.end,
      timing,
      speaks,
      agent: holders[index] ?? frame.agent,
      tools: turn.tools.map((tool) => makeTool(tool, node, timing)),
      vendor: { plain: {}, content: {} },
      generated: reply?.model !== undefined,
      usage: reply?.usage ?? [],
      ...(said === undefined ? {} : { text: said }),
      ...(silence === undefined ? {} : { silence }),
      ...reply,
    };
  });
}

type Reply = Pick<Turn, 'usage' | 'model' | 'costUsd' | 'wait' | 'retrieval' | 'interrupted'>;

/** What only an agent's turn has. */
function replyOf(
  turn: JoinedTurn,
  said: string | undefined,
  heard: JoinedTurn | undefined,
  conversationStart: Nanos,
): Reply {
  const { node, row } = turn;
  const usage = usageOf(turn);
  const model =
    attributeText(node.vendor, 'elevenlabs.producing_llm') ?? row?.producingLlm ?? onlyModel(usage);
  const cost = priceOf(usage);
  const wait = waitOf(turn, heard, conversationStart);
  const retrieval = retrievalOf(turn);
  const isPhase = wait?.phases.some((phase) => phase.name === 'rag');
  const interrupted = row?.interrupted ?? said?.trimEnd().endsWith('...');
  return {
    usage: tokensByModel(usage),
    ...(model === undefined ? {} : { model }),
    ...(cost === undefined ? {} : { costUsd: cost }),
    ...(wait === undefined ? {} : { wait }),
    ...(retrieval === undefined || isPhase ? {} : { retrieval }),
    ...(interrupted === undefined ? {} : { interrupted }),
  };
}

function textOf({ row, node, speaker }: JoinedTurn): string | undefined {
  return row?.message ?? attributeText(node.vendor, `elevenlabs.${speaker}.text`);
}

/** A span of callspan's own making stands where its row says, or nowhere in particular. */
function timingOf({ node, row }: JoinedTurn): Timing {
  return node.vendor?.made && row?.time === undefined ? 'estimated' : 'derived';
}

/** Where nothing is known of what was said, a turn is a turn. */
function hasSpoken({ row, speaker, tools }: JoinedTurn, said: string | undefined, isBlank: boolean): boolean {
  if (said === undefined) return (row === undefined || isBlank) && tools.length === 0;
  return speaker === 'agent' ? said.trim() !== '' : !isSilence(said);
}

/** Who held the conversation in each turn: rows name the agent, users' rows mostly do not. */
function holdersOf(joined: readonly JoinedTurn[], agent: Agent): Agent[] {
  let holder = agent;
  return joined.map(({ row }) => {
    if (row?.agentId !== undefined && row.agentId !== holder.id) {
      holder =
        row.agentId === agent.id
          ? agent
          : { id: row.agentId, ...(row.agentVersion === undefined ? {} : { version: row.agentVersion }) };
    }
    return holder;
  });
}

/** From the whole second of the user's row to the next user's row, or to the end, if no agent spoke in between. */
function silenceAfter(
  joined: readonly JoinedTurn[],
  index: number,
  spoken: readonly boolean[],
  frame: TurnFrame,
): Nanos | undefined {
  const asked = joined[index];
  if (!asked) return undefined;
  let until = frame.end;
  for (let after = index + 1; after < joined.length; after++) {
    const turn = joined[after];
    // A row of dots says that nobody spoke: it ends no silence.
    if (!turn || !spoken[after]) continue;
    if (turn.speaker === 'agent') return undefined;
    until = stamped(turn.node);
    break;
  }
  const silence = measured(until - stamped(asked.node));
  return silence !== undefined && silence >= UNANSWERED ? silence : undefined;
}

function stamped(node: ElevenLabsNode): Nanos {
  return node.stampedStart ?? node.start;
}

/** From the span's attributes, else, number by number, from the transcript row. */
function usageOf({ node, row }: JoinedTurn): ModelUsage {
  const usage: ModelUsage = new Map();
  for (const [key, value] of node.vendor?.attributes ?? []) {
    const split = splitUsageKey(key);
    const metered =
      split && typeof value.stringValue === 'string' ? readMetered(value.stringValue) : undefined;
    if (!split || !metered) continue;
    usage.set(split.model, { ...usage.get(split.model), [split.category]: metered });
  }
  return row === undefined ? usage : mergeUsage(usage, row.usage);
}

function onlyModel(usage: ModelUsage): string | undefined {
  const [model, ...others] = usage.keys();
  return others.length === 0 ? model : undefined;
}

/** A tool with the numbers of its call; the bar of its span is whole seconds. */
export function makeTool(
  { node, call, result }: JoinedTool,
  turn: ElevenLabsNode,
  timing: Timing = 'derived',
): Tool {
  const length =
    result?.length ?? measuredMillis(attributeNumber(node?.vendor, 'elevenlabs.tool.latency_ms'));
  const place = node ?? turn;
  const error = errorOf(result, node?.vendor);
  const spoken = call?.params ?? firstAttribute(node?.vendor, ['params', 'arguments', 'parameters', 'input']);
  const answer = result?.value ?? firstAttribute(node?.vendor, ['result', 'output', 'response']);
  return {
    name: call?.name ?? (node ? toolName(node) : ''),
    type: (call?.type ?? result?.type) === 'client' ? 'function' : 'extension',
    start: place.start,
    end: node ? place.end : place.start,
    timing,
    ...(length === undefined ? {} : { length }),
    ...(call?.requestId === undefined ? {} : { callId: call.requestId }),
    ...(error === undefined ? {} : { error }),
    ...(spoken === undefined ? {} : { arguments: spoken }),
    ...(answer === undefined ? {} : { result: answer }),
  };
}

/** The vendor's word for it if it is one, for attribute values must stay few. */
function errorOf(result: JoinedTool['result'], span: VendorSpan | undefined): string | undefined {
  const status = attributeText(span, 'elevenlabs.tool.status');
  const failed = result ? result.isError : status !== undefined && /^(?:error|failed|failure)$/i.test(status);
  if (!failed) return undefined;
  const word = result?.errorType;
  return word !== undefined && word.length <= 64 && /^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/.test(word)
    ? word
    : 'tool_error';
}

function firstAttribute(span: VendorSpan | undefined, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = attributeText(span, `elevenlabs.tool.${name}`);
    if (value !== undefined) return value;
  }
  return undefined;
}
