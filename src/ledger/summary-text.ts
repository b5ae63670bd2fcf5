import type { ConversationOutcome } from '../conversation.ts';
import type { SummarizedAgent, Summary } from '../metrics/summary.ts';

/** A summary as engines keep it: its agent and its start apart, which many share or which it is found by. */
export type SummaryNumbers = Omit<Summary, 'agent' | 'startedAt'>;

/**
 * The numbers of a summary as one short text, for there may be ten million: a list, in this order. What is added later
 * goes to its end, and is absent from older texts.
 */
export function summaryText({
  outcome,
  duration,
  waits,
  turns,
  unanswered,
  tools,
  toolsFailed,
  costUsd,
}: SummaryNumbers): string {
  return JSON.stringify([
    ...[outcome, duration ?? null, turns, unanswered, tools, toolsFailed ?? null, costUsd ?? null],
    ...(waits === undefined ? [] : [waits.first, waits.median, waits.longest, waits.buckets]),
  ]);
}

/** @throws SyntaxError where it is no such text. */
export function readSummaryText(text: string): SummaryNumbers {
  const [outcome, duration, turns, unanswered, tools, toolsFailed, costUsd, ...waits] = JSON.parse(
    text,
  ) as unknown[];
  const [first, median, longest, buckets] = waits;
  const number = (name: string, value: unknown) => (typeof value === 'number' ? { [name]: value } : {});
  return {
    outcome: String(outcome) as ConversationOutcome,
    ...number('duration', duration),
    turns: Number(turns),
    unanswered: Number(unanswered),
    tools: Number(tools),
    ...number('toolsFailed', toolsFailed),
    ...number('costUsd', costUsd),
    ...(Array.isArray(buckets)
      ? {
          waits: {
            first: Number(first),
            median: Number(median),
            longest: Number(longest),
            buckets: buckets.map(Number),
          },
        }
      : {}),
  };
}

/** Agents are kept once, and a conversation names its own by this. */
export function agentKey({ id, name, version }: SummarizedAgent): string {
  return JSON.stringify([id ?? null, name ?? null, version ?? null]);
}

export function readAgentKey(key: string): SummarizedAgent {
  const [id, name, version] = JSON.parse(key) as (string | null)[];
  return {
    ...(typeof id === 'string' ? { id } : {}),
    ...(typeof name === 'string' ? { name } : {}),
    ...(typeof version === 'string' ? { version } : {}),
  };
}
