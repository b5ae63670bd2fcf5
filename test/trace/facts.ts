import type { Truth } from '../../sandbox/index.ts';
import { type Conversation, type Nanos, type Turn, unexplained, withNested } from '../../src/conversation.ts';

/** What a Conversation says, in the words of the sandbox's truth, so that the two can be laid side by side. */

type Comparable = Omit<
  Truth,
  | 'provider'
  | 'scenario'
  | 'fate'
  | 'undated'
  | 'tokens'
  | 'userTurns'
  | 'uncountedUserTurns'
  | 'waits'
  | 'tools'
> & {
  readonly answers: readonly string[];
  readonly waits: readonly unknown[];
  readonly tools: readonly unknown[];
  readonly tokens: Readonly<Record<string, { input: number; cacheRead: number; output: number }>>;
};

export function factsOf(conversation: Conversation): Comparable {
  const { turns, totals, link } = conversation;
  const { agent, outcome, endReason, language, direction, textOnly } = conversation;
  return defined({
    id: conversation.id,
    agent,
    outcome,
    endReason,
    durationSeconds: seconds(conversation.duration),
    joinSeconds: seconds(conversation.join?.length),
    exchanges: turns.at(-1)?.number ?? 0,
    waits: turns.flatMap((turn) =>
      turn.wait
        ? [
            {
              seconds: seconds(turn.wait.length),
              exchange: turn.number,
              phases: turn.wait.phases.map(({ name, length }) => ({ name, seconds: seconds(length) })),
              unexplained: seconds(unexplained(turn.wait)),
              agent: turn.agent,
            },
          ]
        : [],
    ),
    unplaced: unplacedOf(conversation),
    unmeasuredWaits: turns.filter((turn) => turn.unmeasured).length,
    answers: turns.flatMap((turn, index) =>
      turn.speaker === 'user' && turn.speaks ? [answerTo(turn, turns.slice(index + 1))] : [],
    ),
    silentUserTurns: turns.filter((turn) => turn.speaker === 'user' && !turn.speaks && !turn.backchannel)
      .length,
    backchannels: turns.filter((turn) => turn.backchannel).length,
    silences: turns.flatMap((turn) => seconds(turn.silence) ?? []),
    interruptions: turns.filter((turn) => turn.interrupted).length,
    evaluations: Object.fromEntries(conversation.evaluations.map(({ name, label }) => [name, label ?? ''])),
    tools: turns.flatMap((turn) =>
      withNested(turn.tools).map((tool) =>
        defined({
          name: tool.name,
          id: tool.callId,
          exchange: turn.number,
          error: tool.error,
          seconds: seconds(tool.length),
        }),
      ),
    ),
    tokens: tokensOf(conversation),
    costUsd: totals.costUsd,
    llmUsd: totals.llmCostUsd === undefined ? undefined : Math.round(totals.llmCostUsd * 1e9) / 1e9,
    language,
    direction,
    textOnly,
    queueWaitSeconds: seconds(conversation.queueWait),
    events: conversation.events.map(({ type, time }) => ({ type, at: Number((time ?? 0n) / 1000n) })),
    traceparent: link && `00-${link.traceId}-${link.spanId}-${link.flags.toString(16).padStart(2, '0')}`,
  }) as Comparable;
}

function unplacedOf({ unplaced }: Conversation): Truth['unplaced'] {
  if (unplaced === undefined || unplaced.waits.length + unplaced.phases.length === 0) return undefined;
  return {
    waits: unplaced.waits.map((length) => Number(length) / 1e9),
    phases: unplaced.phases.map(({ name, length }) => ({ name, seconds: Number(length) / 1e9 })),
  };
}

/** The truth in the same shape. */
export function comparable(truth: Truth): Comparable {
  const {
    provider: _,
    scenario: __,
    fate: ___,
    undated: ____,
    tokens,
    userTurns,
    uncountedUserTurns,
    ...rest
  } = truth;
  const answers = [
    ...Object.entries(userTurns).flatMap(([name, count]) => Array<string>(count).fill(name)),
    ...Array<string>(uncountedUserTurns).fill('uncounted'),
  ];
  return {
    ...rest,
    answers,
    tokens: Object.fromEntries(
      Object.entries(tokens).map(([model, { input, cacheRead, cacheWrite, output }]) => [
        model,
        { input: input + cacheRead + cacheWrite, cacheRead, output },
      ]),
    ),
  };
}

/** What became of a user's turn, the first that fits; `uncounted` where the user went on. */
function answerTo(asked: Turn, after: readonly Turn[]): string {
  if (asked.silence !== undefined) return 'unanswered';
  const next = after.findIndex((turn) => turn.speaker === 'user' && turn.speaks);
  const reply = (next < 0 ? after : after.slice(0, next)).find((turn) => turn.speaks || turn.concludes);
  if (reply?.overlap !== undefined) return 'overlapped';
  if (reply?.interrupted) return 'interrupted';
  return reply ? 'answered' : 'uncounted';
}

function tokensOf({ turns, unplaced }: Conversation): Comparable['tokens'] {
  const tokens: Record<string, { input: number; cacheRead: number; output: number }> = {};
  for (const { model, input = 0, cacheRead = 0, output = 0 } of [
    ...turns.flatMap((turn) => turn.usage),
    ...(unplaced?.usage ?? []),
  ]) {
    const sum = tokens[model] ?? { input: 0, cacheRead: 0, output: 0 };
    tokens[model] = {
      input: sum.input + input,
      cacheRead: sum.cacheRead + cacheRead,
      output: sum.output + output,
    };
  }
  return tokens;
}

function seconds(nanos: Nanos | undefined): number | undefined {
  return nanos === undefined ? undefined : Number(nanos) / 1e9;
}

function defined<Value extends object>(value: Value): Value {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as Value;
}
