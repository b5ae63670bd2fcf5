import type { Agent, Conversation, Nanos, Turn } from '../conversation.ts';
import { DAY, secondsToNanos } from '../time.ts';
import { CALLSPAN, ERROR_TYPE, GEN_AI } from '../trace/semconv.ts';
import type { MetricName } from './metrics.ts';

/** A conversation that ended so long before its delivery is late: alerts are about today. */
const LATE: Nanos = secondsToNanos(3_600);
/** Counters are kept in 1e-9 units too, so that sums do not depend on the order of adding. */
const ONE = 1_000_000_000n;

export type Labels = Readonly<Record<string, string | boolean>>;

/** One value of one metric. */
export interface Observation {
  readonly metric: MetricName;
  readonly labels: Labels;
  /** In 1e-9 of the metric's unit. */
  readonly value: bigint;
  /** The wait that it is the length of. */
  readonly exemplar?: { readonly traceId: string; readonly spanId: string };
}

export interface Circumstances {
  /** The configured source's name. */
  readonly source: string;
  /** Span ids of the conversation's waits, in its order. */
  readonly waitIds: readonly string[];
  /** Unix nanoseconds. */
  readonly deliveredAt: Nanos;
}

/** What one conversation adds to the numbers: true values, never bars that were clipped. Pure. */
export function observe(conversation: Conversation, circumstances: Circumstances): Observation[] {
  const { turns, traceId, outcome, duration, join, totals } = conversation;
  const base = (agent: Agent): Labels => labels(conversation, agent, circumstances);
  const whole = base(conversation.agent);
  const observations: Observation[] = [];
  const add = (
    metric: MetricName,
    own: Labels,
    value: Nanos | undefined,
    exemplar?: Observation['exemplar'],
  ) => {
    if (value === undefined || value < 0n) return;
    observations.push({ metric, labels: own, value, ...(exemplar === undefined ? {} : { exemplar }) });
  };
  add('callspan.conversations', { ...whole, [CALLSPAN.OUTCOME]: outcome }, ONE);
  add('callspan.conversation.duration', { ...whole, [CALLSPAN.OUTCOME]: outcome }, duration);
  if (join?.length !== undefined && join.length < DAY) add('callspan.join.latency', whole, join.length);
  add('callspan.cost', whole, totals.costUsd === undefined ? undefined : secondsToNanos(totals.costUsd));
  let wait = 0;
  for (const [index, turn] of turns.entries()) {
    const own = base(turn.agent);
    if (turn.wait) {
      const spanId = circumstances.waitIds[wait++];
      add(
        'callspan.response.latency',
        own,
        turn.wait.length,
        spanId === undefined ? undefined : { traceId, spanId },
      );
      for (const phase of turn.wait.phases) {
        add('callspan.phase.latency', { ...own, [CALLSPAN.PHASE]: phase.name }, phase.length);
      }
    }
    const answer = answerTo(turns, index);
    if (answer !== undefined) add('callspan.turns', { ...own, [ANSWER]: answer }, ONE);
    for (const tool of turn.tools) {
      const called = {
        ...own,
        [GEN_AI.TOOL_NAME]: tool.name,
        ...(tool.error === undefined ? {} : { [ERROR_TYPE]: tool.error }),
      };
      add('callspan.tool.calls', called, ONE);
      add('callspan.tool.duration', called, tool.length);
    }
    for (const { model, input, output } of turn.usage) {
      const used = { ...own, [GEN_AI.REQUEST_MODEL]: model };
      add('callspan.tokens', { ...used, [GEN_AI.TOKEN_TYPE]: 'input' }, tokens(input));
      add('callspan.tokens', { ...used, [GEN_AI.TOKEN_TYPE]: 'output' }, tokens(output));
    }
  }
  return observations;
}

/** The attribute of `callspan.turns`. */
const ANSWER = 'callspan.answer';

function labels(
  { provider, end }: Conversation,
  agent: Agent,
  { source, deliveredAt }: Circumstances,
): Labels {
  return {
    [CALLSPAN.SOURCE]: source,
    [GEN_AI.PROVIDER_NAME]: provider,
    ...(agent.id === undefined ? {} : { [GEN_AI.AGENT_ID]: agent.id }),
    ...(agent.version === undefined ? {} : { [GEN_AI.AGENT_VERSION]: agent.version }),
    'callspan.late': deliveredAt - end > LATE,
  };
}

/**
 * What became of a user's turn, the first that fits. Nothing where nobody owed an answer: the user said nothing,
 * went on, or left before there was time for one.
 */
function answerTo(turns: readonly Turn[], index: number): string | undefined {
  const turn = turns[index];
  if (turn?.speaker !== 'user' || !turn.speaks) return undefined;
  if (turn.silence !== undefined) return 'unanswered';
  const reply = replyTo(turns, index);
  if (reply === undefined) return undefined;
  if (reply.overlap !== undefined) return 'overlapped';
  return reply.interrupted ? 'interrupted' : 'answered';
}

/** The agent's first words before the user speaks again. */
function replyTo(turns: readonly Turn[], index: number): Turn | undefined {
  for (const turn of turns.slice(index + 1)) {
    if (turn.speaker === 'user') return undefined;
    if (turn.speaks) return turn;
  }
  return undefined;
}

function tokens(count: number | undefined): bigint | undefined {
  return count === undefined || count === 0 ? undefined : secondsToNanos(count);
}
