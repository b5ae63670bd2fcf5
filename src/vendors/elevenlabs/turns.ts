import type { Agent, Nanos, Timing, Turn } from '../../conversation.ts';
import { ATTRIBUTE } from './attributes.ts';
import type { Joined, JoinedTurn } from './join.ts';
import { attributeText } from './span.ts';
import { type Heard, timeline } from './timeline.ts';
import { makeTool } from './tools.ts';
import { addUsage, type ModelUsage, mergeUsage, priceOf, readMetered, tokensByModel } from './usage.ts';
import { retrievalOf, waitOf } from './wait.ts';

export interface TurnFrame {
  readonly start: Nanos;
  readonly end: Nanos;
  /** The conversation's agent: it holds the turns that name no other. */
  readonly agent: Agent;
  /** All of it was typed. */
  readonly isTyped: boolean;
}

export function makeTurns({ turns, entries }: Joined, frame: TurnFrame): Turn[] {
  const holders = holdersOf(turns, frame.agent);
  const heardOf = new Map(timeline(entries, frame).map((heard) => [heard.entry, heard]));
  return turns.flatMap((turn, index): Turn[] => {
    const heard = heardOf.get(turn);
    return heard === undefined ? [] : [makeTurn(turn, heard, holders[index] ?? frame.agent, frame.start)];
  });
}

function makeTurn(turn: JoinedTurn, heard: Heard, agent: Agent, conversationStart: Nanos): Turn {
  const { node, speaker } = turn;
  const { number, speaks, said, silence } = heard;
  const timing = timingOf(turn);
  const reply = speaker === 'agent' ? replyOf(turn, heard, conversationStart) : undefined;
  return {
    number,
    speaker,
    start: node.start,
    end: node.end,
    timing,
    speaks,
    agent,
    tools: turn.tools.map((tool) => makeTool(tool, node, timing)),
    vendor: { plain: {}, content: {} },
    generated: reply?.model !== undefined,
    usage: reply?.usage ?? [],
    ...(heard.isBackchannel ? { backchannel: true } : {}),
    ...(heard.concludes ? { concludes: true } : {}),
    ...(said ? { text: said } : {}),
    ...(silence === undefined ? {} : { silence }),
    ...reply,
  };
}

type Reply = Pick<Turn, 'usage' | 'model' | 'costUsd' | 'wait' | 'unmeasured' | 'retrieval' | 'interrupted'>;

/** What only an agent's turn has. */
function replyOf(turn: JoinedTurn, { said, ended }: Heard, conversationStart: Nanos): Reply {
  const { node, row } = turn;
  const usage = usageOf(turn);
  const model = attributeText(node.vendor, ATTRIBUTE.PRODUCING_LLM) ?? row?.producingLlm ?? onlyModel(usage);
  const cost = priceOf(usage);
  const wait = ended && waitOf(turn, ended, conversationStart);
  const retrieval = retrievalOf(turn);
  const isPhase = wait?.phases.some((phase) => phase.name === 'rag');
  const interrupted = row?.interrupted ?? (said ? said.trimEnd().endsWith('...') : undefined);
  return {
    usage: tokensByModel(usage),
    ...(model === undefined ? {} : { model }),
    ...(cost === undefined ? {} : { costUsd: cost }),
    ...(wait === undefined ? {} : { wait }),
    ...(ended !== undefined && wait === undefined ? { unmeasured: true } : {}),
    ...(retrieval === undefined || isPhase ? {} : { retrieval }),
    ...(interrupted === undefined ? {} : { interrupted }),
  };
}

/** A span of callspan's own making stands where its row says, or nowhere in particular. */
function timingOf({ node, row }: JoinedTurn): Timing {
  return node.vendor?.made && row?.time === undefined ? 'estimated' : 'derived';
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

/** From the span's attributes, else, number by number, from the transcript row. */
function usageOf({ node, row }: JoinedTurn): ModelUsage {
  const usage: ModelUsage = new Map();
  for (const { is, value } of node.vendor?.attributes ?? []) {
    if (is.usage === undefined || typeof value.stringValue !== 'string') continue;
    const metered = readMetered(value.stringValue);
    if (metered) addUsage(usage, is.usage, metered);
  }
  return row === undefined ? usage : mergeUsage(usage, row.usage);
}

function onlyModel(usage: ModelUsage): string | undefined {
  const [model, ...others] = usage.keys();
  return others.length === 0 ? model : undefined;
}
