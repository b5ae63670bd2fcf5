import type { Section } from './board.ts';
import { AGENT_ID, MODEL, NUMBER, OUTCOME, TOKEN_TYPE } from './metric.ts';
import { bars, colored, lines } from './panel.ts';
import { BAR, growth, quantile, STEP } from './queries.ts';

/** How many conversations there were, and how they ended. */
export function volumeSection(): Section {
  const outcomes = bars(
    {
      title: 'Conversations by outcome',
      description:
        'How many conversations arrived in each step, and how they ended. no_user: nobody ever spoke to the agent.',
    },
    [{ expr: growth(NUMBER.conversations, { ...BAR, by: [OUTCOME] }), legend: `{{${OUTCOME}}}` }],
    { unit: 'short', decimals: 0 },
  );
  const colors = {
    completed: 'green',
    failed: 'red',
    time_limit: 'orange',
    no_user: 'gray',
    unknown: 'purple',
  };
  for (const [outcome, color] of Object.entries(colors)) outcomes.overrideByName(outcome, colored(color));
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
            { expr: quantile(0.5, NUMBER.duration, STEP), legend: 'p50' },
            { expr: quantile(0.95, NUMBER.duration, STEP), legend: 'p95' },
          ],
          { unit: 's' },
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
          { unit: 'short' },
        ),
        width: 12,
        height: 8,
      },
      {
        panel: bars(
          {
            title: 'Cost by agent',
            description: 'What the vendors say that the conversations of each step cost.',
            nothing: 'no cost told in this time',
          },
          [{ expr: growth(NUMBER.cost, { ...BAR, by: [AGENT_ID] }), legend: `{{${AGENT_ID}}}` }],
          { unit: 'currencyUSD' },
        ),
        width: 12,
        height: 8,
      },
    ],
  };
}
