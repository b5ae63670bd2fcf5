import type { Agent, Conversation, Nanos, Turn } from '../../src/conversation.ts';
import { secondsToNanos } from '../../src/time/nanos.ts';
import type { Exchange, Truth } from './truth.ts';

/** What agents are called; those that are missing here are not called anything. */
export const NAMES: Readonly<Record<string, string>> = { anna: 'Anna at the front desk' };

const NOTHING = { plain: {}, content: {} };
const INSTANT = { start: 0n, end: 0n, timing: 'measured', vendor: NOTHING } as const;

/** The conversation that callspan would have read out of a vendor's payload. `endedAt` in unix milliseconds. */
export function conversationOf(truth: Truth, id: string, endedAt: number): Conversation {
  const agent: Agent = {
    ...agentOf(truth.agent),
    ...(truth.version === undefined ? {} : { version: truth.version }),
  };
  const end = BigInt(Math.round(endedAt)) * 1_000_000n;
  const duration = nanos(truth.duration);
  const join = nanos(truth.join);
  return {
    provider: truth.provider,
    server: 'api.example.com',
    knowsToolErrors: true,
    id,
    traceId: traceIdOf(id),
    agent: truth.beganWith === undefined ? agent : agentOf(truth.beganWith),
    start: end - (duration ?? 0n),
    end,
    timing: 'measured',
    ...(duration === undefined ? {} : { duration }),
    outcome: truth.outcome,
    failed: truth.outcome === 'failed',
    textOnly: false,
    ...(join === undefined ? {} : { join: { start: 0n, end: join, timing: 'measured', length: join } }),
    turns: truth.exchanges.flatMap((exchange, index) => turnsOf(exchange, index + 1, agent)),
    events: [],
    evaluations: Object.entries(truth.evaluations ?? {}).map(([name, label]) => ({ name, label })),
    totals: truth.costUsd === undefined ? {} : { costUsd: truth.costUsd },
    instructions: [],
    vendor: NOTHING,
  };
}

/** Span ids of the waits of a conversation with this id. */
export function waitIdsOf(truth: Truth): string[] {
  const waits = truth.exchanges.filter(({ wait }) => wait !== undefined);
  return waits.map((_, index) => (index + 1).toString(16).padStart(16, '0'));
}

/** Any number of conversations have traces of their own. */
function traceIdOf(id: string): string {
  return Buffer.from(id).toString('hex').slice(-32).padStart(32, 'c');
}

/** Some agents have a name, and others only an id. */
function agentOf(id: string): Agent {
  const name = NAMES[id];
  return { id, ...(name === undefined ? {} : { name }) };
}

function turnsOf(exchange: Exchange, number: number, agent: Agent): Turn[] {
  const { answer, wait, phases = {}, tools = [], usage = [] } = exchange;
  const common = { ...INSTANT, number, agent, speaks: true, generated: true };
  const user: Turn = {
    ...common,
    speaker: 'user',
    tools: [],
    usage: [],
    ...(answer === 'unanswered' ? { silence: secondsToNanos(9) } : {}),
  };
  if (answer === 'unanswered') return [user];
  const length = nanos(wait);
  const reply: Turn = {
    ...common,
    speaker: 'agent',
    interrupted: answer === 'interrupted',
    ...(answer === 'overlapped' ? { overlap: secondsToNanos(0.4) } : {}),
    ...(length === undefined
      ? {}
      : {
          wait: {
            ...{ start: 0n, end: length, length },
            phases: Object.entries(phases).map(([name, seconds]) => ({
              name: name as keyof typeof phases,
              ...{ start: 0n, end: secondsToNanos(seconds), length: secondsToNanos(seconds) },
            })),
          },
        }),
    tools: tools.map(({ name, error, seconds }) => {
      const took = nanos(seconds);
      return {
        ...{ ...INSTANT, name, type: 'extension' as const },
        ...(error === undefined ? {} : { error }),
        ...(took === undefined ? {} : { length: took }),
      };
    }),
    usage,
  };
  return [user, reply];
}

function nanos(seconds: number | undefined): Nanos | undefined {
  return seconds === undefined ? undefined : secondsToNanos(seconds);
}
