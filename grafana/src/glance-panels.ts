import type { Section } from './board.ts';
import { NUMBER } from './metric.ts';
import type { Objectives } from './objectives.ts';
import { badFrom, COUNT, goodFrom, stat } from './panel.ts';
import {
  growth,
  quantile,
  shareOf,
  shareWithin,
  TOOL_FAILED,
  tellingOfTools,
  UNANSWERED,
  WHOLE,
} from './queries.ts';

/** The numbers that somebody who has no time looks at. */
export function glanceSection({ objectives, tail, unanswered, tools: limit }: Objectives): Section {
  const { within, share } = objectives.response;
  // Three a row: with more, titles are cut on a laptop.
  const tile = (panel: ReturnType<typeof stat>) => ({ panel, width: 8, height: 4 });
  return {
    title: 'At a glance',
    panels: [
      tile(
        stat(
          { title: 'Conversations', description: 'How many there were, each counted once.', nothing: 'none' },
          [{ expr: growth(NUMBER.conversations, WHOLE), legend: 'conversations' }],
          COUNT,
        ),
      ),
      tile(
        stat(
          {
            title: `Waits within ${within} s`,
            description: `Share of waits, from the moment the user stops to the moment the agent is heard, that lasted ${within} s at most. Exact.`,
          },
          [{ expr: shareWithin(NUMBER.response, within, WHOLE), legend: 'within' }],
          { unit: 'percentunit', decimals: 1, steps: goodFrom(share) },
        ),
      ),
      tile(
        stat(
          {
            title: 'Felt latency',
            description:
              'Half of the waits, and 95 of 100, were shorter than this. Interpolated between bucket boundaries.',
          },
          [
            { expr: quantile(0.5, NUMBER.response, WHOLE), legend: 'p50' },
            { expr: quantile(0.95, NUMBER.response, WHOLE), legend: 'p95' },
          ],
          { unit: 's', decimals: 1, steps: badFrom(tail.warning, tail.critical) },
        ),
      ),
      tile(
        stat(
          {
            title: 'Unanswered',
            description: 'Share of what users said that no agent speech followed for 5 s or more.',
          },
          [{ expr: shareOf(NUMBER.turns, UNANSWERED, WHOLE), legend: 'unanswered' }],
          { unit: 'percentunit', decimals: 1, steps: badFrom(unanswered.warning, unanswered.critical) },
        ),
      ),
      tile(
        stat(
          {
            title: 'Tool calls that failed',
            description: 'Share of the tool calls that failed, where the vendor says so: Tavus does not.',
            nothing: 'not told',
          },
          [{ expr: shareOf(NUMBER.toolCalls, TOOL_FAILED, tellingOfTools(WHOLE)), legend: 'failed' }],
          { unit: 'percentunit', decimals: 1, steps: badFrom(limit.warning, limit.critical) },
        ),
      ),
      tile(
        stat(
          {
            title: 'Cost',
            description: 'What the vendors say that it cost; not all of them do.',
            nothing: 'not told',
          },
          [{ expr: growth(NUMBER.cost, WHOLE), legend: 'cost' }],
          { unit: 'currencyUSD', decimals: 2 },
        ),
      ),
    ],
  };
}
