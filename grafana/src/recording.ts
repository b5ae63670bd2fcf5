import { AGENT, NUMBER } from './metric.ts';
import {
  conversationsBehind,
  LIVE,
  type Look,
  seenGrowth,
  shareOf,
  shareOver,
  UNANSWERED,
} from './queries.ts';
import type { Basis, RecordingRule } from './rule.ts';

/**
 * What several alerts ask about an agent, computed once for each length of time. Names are level:metric:operation;
 * the length in them is that of the objectives, also where a test shortens it.
 */
export const RECORDED = {
  /** Waits that were seen to end. */
  waits: (over: string) => `agent:callspan_waits:count${over}`,
  /** The share of them that was longer than the objective allows. */
  slow: (over: string) => `agent:callspan_slow_waits:share${over}`,
  /** User turns that were seen. */
  turns: (over: string) => `agent:callspan_turns:count${over}`,
  /** The share of them that nobody answered. */
  unanswered: (over: string) => `agent:callspan_unanswered_turns:share${over}`,
  /** How many conversations are behind them. */
  conversations: (over: string) => `agent:callspan_conversations:count${over}`,
} as const;

/** The recording rules that the alerts need. */
export function recordings({ objectives, time }: Basis): RecordingRule[] {
  const { burn, median, tail, unanswered, response } = { ...objectives, ...objectives.objectives };
  const look = (over: string): Look => ({ where: LIVE, over: time(over), by: AGENT });
  const recent = burn.map((pace) => pace.recent);
  const guarded = [...burn, median, tail, unanswered].map(({ over }) => over);
  return [
    ...unique([...guarded, ...recent]).flatMap((over) => [
      {
        record: RECORDED.slow(over),
        expr: shareOver(NUMBER.response, response.within, look(over)),
      },
      { record: RECORDED.unanswered(over), expr: shareOf(NUMBER.turns, UNANSWERED, look(over)) },
    ]),
    ...unique(guarded).flatMap((over) => [
      { record: RECORDED.waits(over), expr: seenGrowth(`${NUMBER.response}_count`, look(over)) },
      { record: RECORDED.turns(over), expr: seenGrowth(NUMBER.turns, look(over)) },
      { record: RECORDED.conversations(over), expr: conversationsBehind(look(over)) },
    ]),
  ];
}

function unique(lengths: readonly string[]): string[] {
  return [...new Set(lengths)];
}
