import {
  BigValueColorMode,
  BigValueGraphMode,
  GraphDrawStyle,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  type DynamicConfigValue,
  FieldColorBuilder,
  FieldColorModeId,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard';
import {
  DataqueryBuilder as PrometheusQuery,
  PromQueryFormat,
} from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatPanel } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TimeseriesPanel } from '@grafana/grafana-foundation-sdk/timeseries';
import { PROMETHEUS } from './datasource.ts';

/** What a panel says of itself. */
export interface Words {
  readonly title: string;
  /** The question it answers, and what to know about the answer. */
  readonly description: string;
  /** What stands there when there is nothing. */
  readonly nothing?: string;
}

/** One query of a panel, and what its series are called. */
export interface Line {
  readonly expr: string;
  readonly legend: string;
  /** Dots that lead from a latency to the conversation behind it. */
  readonly exemplars?: boolean;
}

/** Colour from a value on. */
export type Steps = readonly { readonly value: number | null; readonly color: string }[];

export interface Scale {
  readonly unit: string;
  readonly decimals?: number;
  readonly min?: number;
  readonly max?: number;
  readonly steps?: Steps;
}

/** Conversations come seldom: shorter steps would show their gaps, not their course. */
const LEAST_STEP = '15m';
const NOTHING = 'no conversations in this time';

/** PromQL counts a conversation when it arrives, TraceQL when it took place. */
const ARRIVAL = 'Time: when the conversations arrived.';
export const TRUE_TIME = 'Time: when the conversations took place.';

/** One number for the whole time that is shown. */
export function stat(words: Words, lines: readonly Line[], scale: Scale): StatPanel {
  const panel = new StatPanel()
    .title(words.title)
    .description(`${words.description} ${ARRIVAL}`)
    .datasource(PROMETHEUS)
    .targets(lines.map(({ expr, legend }, index) => query(index, expr).legendFormat(legend).instant()))
    .unit(scale.unit)
    .noValue(words.nothing ?? '–')
    .colorMode(BigValueColorMode.Value)
    .graphMode(BigValueGraphMode.None)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    .thresholds(thresholds(scale.steps));
  if (scale.decimals !== undefined) panel.decimals(scale.decimals);
  return panel;
}

/** Lines over time. */
export function lines(words: Words, queries: readonly Line[], scale: Scale): TimeseriesPanel {
  const panel = overTime(words, queries, scale)
    .lineWidth(2)
    .fillOpacity(0)
    // A single conversation between two silences is a point.
    .showPoints(VisibilityMode.Auto)
    .pointSize(6);
  if (scale.steps !== undefined) {
    const dashed = new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed);
    panel.thresholdsStyle(dashed);
  }
  return panel;
}

/** How much there was in each step, one on the other. */
export function bars(words: Words, queries: readonly Line[], scale: Scale): TimeseriesPanel {
  return stacked(overTime(words, queries, scale))
    .drawStyle(GraphDrawStyle.Bars)
    .lineWidth(1)
    .fillOpacity(80);
}

/** Parts of a whole over time, one on the other. */
export function areas(words: Words, queries: readonly Line[], scale: Scale): TimeseriesPanel {
  return stacked(overTime(words, queries, scale))
    .lineWidth(1)
    .fillOpacity(60);
}

function stacked(panel: TimeseriesPanel): TimeseriesPanel {
  return panel.stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'));
}

function overTime(words: Words, queries: readonly Line[], scale: Scale): TimeseriesPanel {
  const panel = new TimeseriesPanel()
    .title(words.title)
    .description(`${words.description} ${ARRIVAL}`)
    .datasource(PROMETHEUS)
    .interval(LEAST_STEP)
    .targets(
      queries.map(({ expr, legend, exemplars }, index) => {
        const target = query(index, expr).legendFormat(legend).range();
        return exemplars ? target.exemplar(true) : target;
      }),
    )
    .unit(scale.unit)
    .min(scale.min ?? 0)
    .noValue(words.nothing ?? NOTHING)
    .thresholds(thresholds(scale.steps))
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.PaletteClassicByName))
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .showLegend(true),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending));
  if (scale.max !== undefined) panel.max(scale.max);
  if (scale.decimals !== undefined) panel.decimals(scale.decimals);
  return panel;
}

/** A PromQL query, named A, B, C … by its place. */
export function query(index: number, expr: string): PrometheusQuery {
  return new PrometheusQuery()
    .refId(String.fromCharCode('A'.charCodeAt(0) + index))
    .datasource(PROMETHEUS)
    .expr(expr);
}

/** The same as the columns of a table. */
export function column(index: number, expr: string): PrometheusQuery {
  return query(index, expr).instant().format(PromQueryFormat.Table);
}

/** Without steps everything is drawn in one colour. */
export function thresholds(steps: Steps = [{ value: null, color: 'text' }]): ThresholdsConfigBuilder {
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([...steps]);
}

/** Bad from a value on. */
export function badFrom(warning: number, critical?: number): Steps {
  return [
    { value: null, color: 'green' },
    { value: warning, color: critical === undefined ? 'red' : 'orange' },
    ...(critical === undefined ? [] : [{ value: critical, color: 'red' }]),
  ];
}

/** Good from a value on. */
export function goodFrom(value: number): Steps {
  return [
    { value: null, color: 'red' },
    { value, color: 'green' },
  ];
}

/** Lines that are drawn where the limits are, over a plain background. */
export function limits(warning: number, critical?: number): Steps {
  return [{ value: null, color: 'transparent' }, ...badFrom(warning, critical).slice(1)];
}

/** A series of a fixed colour. */
export function colored(color: string): DynamicConfigValue[] {
  return [{ id: 'color', value: { mode: 'fixed', fixedColor: color } }];
}
