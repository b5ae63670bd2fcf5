import type { Section } from './board.ts';
import { AGENT_ID, MODEL, NUMBER, OUTCOME, TOKEN_TYPE } from './metric.ts';
import { bars, COLOR, COUNT, colored, lines, ranking } from './panel.ts';
import { BAR, CALLED, growth, named, quantile, STEP, WHOLE } from './queries.ts';

/** What an outcome is drawn in, wherever it is. */
export const OUTCOME_COLORS = {
  completed: 'green',
  failed: 'red',
  time_limit: 'orange',
  no_user: 'gray',
  unknown: 'purple',
} as const;

/** How many conversations there were, and how they ended. */
export function volumeSection(): Section {
  const outcomes = bars(
    {
      title: 'Conversations by outcome',
      description:
        'How many conversations arrived in each step, and how they ended. no_user: nobody ever spoke to the agent.',
    },
    [{ expr: growth(NUMBER.conversations, { ...BAR, by: [OUTCOME] }), legend: `{{${OUTCOME}}}` }],
    COUNT,
  );
  for (const [outcome, color] of Object.entries(OUTCOME_COLORS))
    outcomes.overrideByName(outcome, colored(color));
  return {
    title: 'Volume and outcome',
    panels: [
      { panel: outcomes, width: 14, height: 8 },
      {
        panel: lines(
          {
            title: 'Length of conversations',
            description: 'From their creation to their end. Interpolated between bucket boundaries.',
          },
          [
            { expr: quantile(0.5, NUMBER.duration, STEP), legend: 'p50', color: COLOR.half },
            { expr: quantile(0.95, NUMBER.duration, STEP), legend: 'p95', color: COLOR.tail },
          ],
          // Hours, minutes and seconds: a tick of 1.67 minutes is none.
          { unit: 'dthms', decimals: 0 },
        ),
        width: 10,
        height: 8,
      },
    ],
  };
}

/** What they used, and what they cost. */
export function costSection(): Section {
  return {
    title: 'Tokens and cost',
    panels: [
      {
        panel: bars(
          {
            title: 'Tokens',
            description: 'Tokens of language models in each step; input includes what was read from a cache.',
            nothing: 'no tokens told in this time',
          },
          [
            {
              expr: growth(NUMBER.tokens, { ...BAR, by: [MODEL, TOKEN_TYPE] }),
              legend: `{{${MODEL}}} {{${TOKEN_TYPE}}}`,
            },
          ],
          { unit: 'short', decimals: 1 },
        ),
        width: 12,
        height: 8,
      },
      {
        panel: ranking(
          {
            title: 'Cost by agent',
            description: 'What the vendors say that the conversations of each agent cost, the dearest first.',
            nothing: 'no cost told in this time',
          },
          { expr: named(growth(NUMBER.cost, { ...WHOLE, by: [AGENT_ID] })), legend: `{{${CALLED}}}` },
          { unit: 'currencyUSD', decimals: 2 },
        ),
        width: 12,
        height: 8,
      },
    ],
  };
}
