import { TableCellHeight, TableSortByFieldStateBuilder } from '@grafana/grafana-foundation-sdk/common';
import type { DynamicConfigValue } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as TablePanel } from '@grafana/grafana-foundation-sdk/table';
import type { Placed } from './board.ts';
import { PROMETHEUS } from './datasource.ts';
import { AGENT_ID, AGENT_NAME, ANSWER, NUMBER, VERSION } from './metric.ts';
import type { Objectives } from './objectives.ts';
import { badFrom, COUNT, column, type Steps } from './panel.ts';
import {
  CALLED,
  growth,
  knownWaits,
  type Look,
  mean,
  named,
  quantile,
  shareOf,
  shareOver,
  TOOL_FAILED,
  tellingOfTools,
  UNANSWERED,
  WHOLE,
} from './queries.ts';

interface Column {
  readonly title: string;
  readonly expr: string;
  readonly unit: string;
  readonly decimals?: number;
  readonly steps?: Steps;
}

/** All agents and versions beside each other, for the time that is shown. */
export function agentTable(objectives: Objectives): Placed {
  const columns = columnsOf(objectives);
  const { within } = objectives.objectives.response;
  const panel = new TablePanel()
    .title('Agents and versions')
    .description(
      'Every agent and version with its numbers, those that keep callers waiting first; click a column for another order. Waits known: the share of the replies whose wait the vendor tells. Tools failed: where the vendor says so. Shares are exact, percentiles interpolated. Turns count for the agent that held them, conversations for the one they began with. Time: when the conversations arrived.',
    )
    .datasource(PROMETHEUS)
    .targets(columns.map(({ expr }, index) => column(index, named(expr))))
    .transformations([
      { id: 'merge', options: {} },
      {
        id: 'organize',
        options: {
          excludeByName: { Time: true, [AGENT_ID]: true, [AGENT_NAME]: true },
          renameByName: {
            [CALLED]: 'Agent',
            [VERSION]: 'Version',
            ...Object.fromEntries(columns.map(({ title }, index) => [`Value #${refId(index)}`, title])),
          },
        },
      },
    ])
    .sortBy([new TableSortByFieldStateBuilder().displayName(`Waits over ${within} s`).desc(true)])
    .cellHeight(TableCellHeight.Sm)
    .filterable(true)
    .noValue('–');
  for (const each of columns) panel.overrideByName(each.title, look(each));
  return { panel, width: 24, height: 10 };
}

function columnsOf({ objectives, median, tail, unanswered, tools }: Objectives): Column[] {
  const { within, share: promised } = objectives.response;
  const where: Look = { ...WHOLE, by: [AGENT_ID, VERSION] };
  const conversations = growth(NUMBER.conversations, where);
  return [
    { title: 'Conversations', expr: conversations, ...COUNT },
    { title: 'Cost of one', expr: `${growth(NUMBER.cost, where)}\n/\n${conversations}`, unit: 'currencyUSD' },
    {
      title: `Waits over ${within} s`,
      expr: shareOver(NUMBER.response, within, where),
      unit: 'percentunit',
      steps: badFrom(Number((1 - promised).toFixed(6))),
    },
    {
      title: 'Wait p95',
      expr: quantile(0.95, NUMBER.response, where),
      unit: 's',
      steps: badFrom(tail.warning, tail.critical),
    },
    {
      title: 'Mean wait',
      expr: mean(NUMBER.response, where),
      unit: 's',
      steps: badFrom(median.warning, median.critical),
    },
    { title: 'Waits known', expr: knownWaits(where), unit: 'percentunit' },
    {
      title: 'Unanswered',
      expr: shareOf(NUMBER.turns, UNANSWERED, where),
      unit: 'percentunit',
      steps: badFrom(unanswered.warning, unanswered.critical),
    },
    {
      title: 'Tools failed',
      expr: shareOf(NUMBER.toolCalls, TOOL_FAILED, tellingOfTools(where)),
      unit: 'percentunit',
      steps: badFrom(tools.warning, tools.critical),
    },
    {
      title: 'Interrupted',
      expr: shareOf(NUMBER.turns, `${ANSWER}="interrupted"`, where),
      unit: 'percentunit',
    },
  ];
}

function refId(index: number): string {
  return String.fromCharCode('A'.charCodeAt(0) + index);
}

function look({ unit, decimals, steps }: Column): DynamicConfigValue[] {
  return [
    { id: 'unit', value: unit },
    { id: 'decimals', value: decimals ?? (unit === 'percentunit' ? 1 : 2) },
    ...(steps === undefined
      ? []
      : [
          { id: 'thresholds', value: { mode: 'absolute', steps } },
          { id: 'custom.cellOptions', value: { type: 'color-text' } },
        ]),
  ];
}
