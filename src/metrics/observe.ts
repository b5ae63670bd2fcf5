import {
  type Agent,
  type Conversation,
  type Nanos,
  type Turn,
  type Usage,
  withNested,
} from '../conversation.ts';
import { DAY, secondsToNanos } from '../time/nanos.ts';
import { labelValue } from '../trace/label-value.ts';
import { CALLSPAN, ERROR_TYPE, GEN_AI } from '../trace/semconv.ts';
import type { MetricName } from './definitions.ts';

/** A conversation that ended so long before its delivery is late: alerts are about today. */
const LATE: Nanos = secondsToNanos(3_600);
/** Counters are kept in 1e-9 units too, so that sums do not depend on the order of adding. */
export const ONE = 1_000_000_000n;

export type Labels = Readonly<Record<string, string | boolean>>;

/** One value of one metric. */
export interface Observation {
  readonly metric: MetricName;
  /** Equal ones of one agent are the same object, so that its series is looked up once. */
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
  const { turns, traceId, outcome, duration, join, totals, unplaced } = conversation;
  const sets = new LabelSets(conversation, circumstances);
  const whole = sets.of(conversation.agent);
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
  const addUsage = (own: Labels, usage: readonly Usage[]) => {
    for (const { model, input, output } of usage) {
      const used = sets.with(own, GEN_AI.REQUEST_MODEL, model);
      add('callspan.tokens', sets.with(used, GEN_AI.TOKEN_TYPE, 'input'), tokens(input));
      add('callspan.tokens', sets.with(used, GEN_AI.TOKEN_TYPE, 'output'), tokens(output));
    }
  };
  const ended = sets.with(whole, CALLSPAN.OUTCOME, outcome);
  add('callspan.conversations', ended, ONE);
  for (const agent of agentsOf(conversation)) {
    if (agent.id === undefined || agent.name === undefined) continue;
    add('callspan.agents', sets.with(sets.of(agent), GEN_AI.AGENT_NAME, agent.name), ONE);
  }
  add('callspan.conversation.duration', ended, duration);
  if (join?.length !== undefined && join.length < DAY) add('callspan.join.latency', whole, join.length);
  add('callspan.cost', whole, totals.costUsd === undefined ? undefined : secondsToNanos(totals.costUsd));
  for (const { name, label } of conversation.evaluations) {
    const named = sets.with(whole, GEN_AI.EVALUATION_NAME, name);
    const judged = label === undefined ? named : sets.with(named, GEN_AI.EVALUATION_SCORE_LABEL, label);
    add('callspan.evaluations', judged, ONE);
  }
  let wait = 0;
  for (const [index, turn] of turns.entries()) {
    const own = sets.of(turn.agent);
    if (turn.wait) {
      const spanId = circumstances.waitIds[wait++];
      const length = turn.wait.counts === false ? undefined : turn.wait.length;
      add('callspan.response.latency', own, length, spanId === undefined ? undefined : { traceId, spanId });
      for (const phase of turn.wait.phases) {
        add('callspan.phase.latency', sets.with(own, CALLSPAN.PHASE, phase.name), phase.length);
      }
    }
    const answer = answerTo(turns, index);
    if (answer !== undefined) add('callspan.turns', sets.with(own, ANSWER, answer), ONE);
    for (const tool of withNested(turn.tools)) {
      const named = sets.with(own, GEN_AI.TOOL_NAME, tool.name);
      const called = tool.error === undefined ? named : sets.with(named, ERROR_TYPE, tool.error);
      add('callspan.tool.calls', called, ONE);
      add('callspan.tool.duration', called, tool.length);
    }
    addUsage(own, turn.usage);
  }
  for (const length of unplaced?.waits ?? []) add('callspan.response.latency', whole, length);
  for (const { name, length } of unplaced?.phases ?? []) {
    add('callspan.phase.latency', sets.with(whole, CALLSPAN.PHASE, name), length);
  }
  addUsage(whole, unplaced?.usage ?? []);
  return observations;
}

/** Every agent of a conversation, each once. */
function agentsOf({ agent, turns }: Conversation): Agent[] {
  const all = [agent, ...turns.map((turn) => turn.agent)];
  return [...new Map(all.map((one) => [one.id, one])).values()];
}

/** The attribute of `callspan.turns`. */
export const ANSWER = 'callspan.answer';

/** The label sets of one conversation: each is made once for each agent, so that equal ones are the same. */
class LabelSets {
  readonly #conversation: Conversation;
  readonly #circumstances: Circumstances;
  readonly #ofAgents = new Map<Agent, Labels>();
  readonly #longer = new Map<Labels, Map<string, Labels>>();

  constructor(conversation: Conversation, circumstances: Circumstances) {
    this.#conversation = conversation;
    this.#circumstances = circumstances;
  }

  of(agent: Agent): Labels {
    let known = this.#ofAgents.get(agent);
    if (known === undefined) {
      known = labels(this.#conversation, agent, this.#circumstances);
      this.#ofAgents.set(agent, known);
    }
    return known;
  }

  /** A set, and one label more. */
  with(set: Labels, key: string, value: string): Labels {
    let longer = this.#longer.get(set);
    if (longer === undefined) {
      longer = new Map();
      this.#longer.set(set, longer);
    }
    const bounded = labelValue(value);
    const name = `${key} ${bounded}`;
    let known = longer.get(name);
    if (known === undefined) {
      known = { ...set, [key]: bounded };
      longer.set(name, known);
    }
    return known;
  }
}

function labels(
  { provider, end }: Conversation,
  agent: Agent,
  { source, deliveredAt }: Circumstances,
): Labels {
  return {
    [CALLSPAN.SOURCE]: source,
    [GEN_AI.PROVIDER_NAME]: provider,
    ...(agent.id === undefined ? {} : { [GEN_AI.AGENT_ID]: labelValue(agent.id) }),
    ...(agent.version === undefined ? {} : { [GEN_AI.AGENT_VERSION]: labelValue(agent.version) }),
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

/** The agent's first words before the user speaks again, or its end of the conversation. */
function replyTo(turns: readonly Turn[], index: number): Turn | undefined {
  for (let after = index + 1; after < turns.length; after++) {
    const turn = turns[after];
    if (turn?.speaks) return turn.speaker === 'user' ? undefined : turn;
    if (turn?.concludes) return turn;
  }
  return undefined;
}

function tokens(count: number | undefined): bigint | undefined {
  return count === undefined || count === 0 ? undefined : secondsToNanos(count);
}
