import { PanelBuilder as BarGaugePanel } from '@grafana/grafana-foundation-sdk/bargauge';
import {
  GraphDrawStyle,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  StackingConfigBuilder,
  StackingMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  MetricsQueryType,
  SearchTableType,
  DataqueryBuilder as TempoQuery,
} from '@grafana/grafana-foundation-sdk/tempo';
import { PanelBuilder as TimeseriesPanel } from '@grafana/grafana-foundation-sdk/timeseries';
import type { Section } from './board.ts';
import { TEMPO } from './datasource.ts';
import type { Objectives } from './objectives.ts';
import { asRanking, COLOR, COUNT, colored, limits, TRUE_TIME, thresholds } from './panel.ts';
import { FELT_LATENCY, OUTCOMES, UNKNOWN_WAITS } from './traceql.ts';
import { OUTCOME_COLORS } from './volume-panels.ts';

/** What is to be known of every number that Tempo counts. */
const COUNTED =
  'Out of the traces: a span that the store holds twice counts twice. Version and arrival are not chosen here.';

/** The same at another time: when the conversations took place, however late they came. */
export function trueTimeSection({ objectives, tail }: Objectives): Section {
  const latency = panel('Felt latency at its true time', FELT_LATENCY.mean, FELT_LATENCY.longest)
    .description(`The mean and the longest of the waits in each step. ${COUNTED} ${TRUE_TIME}`)
    .unit('s')
    .showPoints(VisibilityMode.Auto)
    .thresholds(thresholds(limits(objectives.response.within, tail.critical)))
    .overrideByQuery('A', [{ id: 'displayName', value: 'mean' }, ...colored(COLOR.half)])
    .overrideByQuery('B', [{ id: 'displayName', value: 'longest' }, ...colored(COLOR.extreme)]);
  const outcomes = panel('Conversations at their true time', OUTCOMES)
    .description(`How many conversations began in each step, and how they ended. ${COUNTED} ${TRUE_TIME}`)
    .unit(COUNT.unit)
    .decimals(0)
    .axisSoftMax(1)
    .drawStyle(GraphDrawStyle.Bars)
    .fillOpacity(80)
    .stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'));
  // Tempo calls its series by the label, quoted or not by version.
  for (const [outcome, color] of Object.entries(OUTCOME_COLORS))
    outcomes.overrideByRegexp(`/\\b${outcome}\\b/`, colored(color));
  return {
    title: 'By the time of the conversations (from the traces, 30 days at most)',
    closed: true,
    panels: [
      { panel: latency, width: 12, height: 9 },
      { panel: outcomes, width: 12, height: 9 },
    ],
  };
}

/** Where silence about waits is no speed: how many conversations of each agent tell of none. */
export function unknownWaits(): BarGaugePanel {
  return asRanking(
    new BarGaugePanel()
      .title('Conversations of which no wait is known')
      .description(
        `For each agent: how many conversations in which somebody was answered tell of no wait at all, because the vendor measured none (no metric, no duration of what was said). Their absence from the panels above is not speed. ${COUNTED} ${TRUE_TIME}`,
      )
      .datasource(TEMPO)
      .interval('15m')
      .targets([metrics('A', UNKNOWN_WAITS)])
      .unit(COUNT.unit)
      .decimals(0)
      .min(0)
      .noValue('none')
      .thresholds(thresholds([{ value: null, color: 'orange' }]))
      .reduceOptions(new ReduceDataOptionsBuilder().calcs(['sum'])),
  );
}

function panel(title: string, ...queries: readonly string[]): TimeseriesPanel {
  return new TimeseriesPanel()
    .title(title)
    .datasource(TEMPO)
    .interval('15m')
    .targets(
      queries.map((traceql, index) => metrics(String.fromCharCode('A'.charCodeAt(0) + index), traceql)),
    )
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .showLegend(true),
    )
    .noValue('no conversations in this time');
}

function metrics(refId: string, traceql: string): TempoQuery {
  return new TempoQuery()
    .refId(refId)
    .datasource(TEMPO)
    .queryType('traceql')
    .query(traceql)
    .tableType(SearchTableType.Traces)
    .metricsQueryType(MetricsQueryType.Range)
    .filters([]);
}
