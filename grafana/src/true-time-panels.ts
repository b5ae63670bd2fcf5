import {
  GraphDrawStyle,
  StackingConfigBuilder,
  StackingMode,
  VisibilityMode,
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
import { limits, TRUE_TIME, thresholds } from './panel.ts';
import { FELT_LATENCY, OUTCOMES } from './traceql.ts';

/** The same at another time: when the conversations took place, however late they came. */
export function trueTimeSection({ objectives, tail }: Objectives): Section {
  const latency = panel('Felt latency at its true time', FELT_LATENCY)
    .description(
      `Percentiles of the waits themselves, out of the traces. Version and arrival are not chosen here. ${TRUE_TIME}`,
    )
    .unit('s')
    .showPoints(VisibilityMode.Auto)
    .thresholds(thresholds(limits(objectives.response.within, tail.critical)));
  const outcomes = panel('Conversations at their true time', OUTCOMES)
    .description(`How many conversations began in each step, and how they ended. ${TRUE_TIME}`)
    .unit('short')
    .drawStyle(GraphDrawStyle.Bars)
    .fillOpacity(80)
    .stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'));
  return {
    title: 'By the time of the conversations (from the traces, 30 days at most)',
    closed: true,
    panels: [
      { panel: latency, width: 12, height: 9 },
      { panel: outcomes, width: 12, height: 9 },
    ],
  };
}

function panel(title: string, traceql: string): TimeseriesPanel {
  return new TimeseriesPanel()
    .title(title)
    .datasource(TEMPO)
    .interval('15m')
    .targets([
      new TempoQuery()
        .refId('A')
        .datasource(TEMPO)
        .queryType('traceql')
        .query(traceql)
        .tableType(SearchTableType.Traces)
        .metricsQueryType(MetricsQueryType.Range)
        .filters([]),
    ])
    .noValue('no conversations in this time');
}
