import { PanelBuilder as BarGaugePanel } from '@grafana/grafana-foundation-sdk/bargauge';
import {
  BarGaugeDisplayMode,
  BarGaugeNamePlacement,
  BarGaugeSizing,
  BarGaugeValueMode,
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
  VizOrientation,
  VizTextDisplayOptionsBuilder,
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
import { sorted } from './queries.ts';

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
  /** What it is drawn in, where it always means the same: one that is left out is given by its name. */
  readonly color?: string;
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
  /** The shortest step over time. Default: 15 minutes. */
  readonly leastStep?: string;
}

/** Whole things, all digits: `short` would write 1,987 as 2 K. */
export const COUNT: Scale = { unit: 'locale', decimals: 0 };

/** Characters are as large in one tile as in the next, whatever is in it. */
const TILE_TEXT = 28;

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
    .orientation(VizOrientation.Vertical)
    .text(new VizTextDisplayOptionsBuilder().titleSize(14).valueSize(TILE_TEXT))
    .thresholds(thresholds(scale.steps));
  if (scale.decimals !== undefined) panel.decimals(scale.decimals);
  return panel;
}

/** One bar for each of several, the largest first, for the whole time that is shown. */
export function ranking(words: Words, { expr, legend }: Line, scale: Scale): BarGaugePanel {
  const panel = new BarGaugePanel()
    .title(words.title)
    .description(`${words.description} ${ARRIVAL}`)
    .datasource(PROMETHEUS)
    .targets([query(0, sorted(expr)).legendFormat(legend).instant()])
    .unit(scale.unit)
    .min(scale.min ?? 0)
    .noValue(words.nothing ?? NOTHING)
    .thresholds(thresholds(scale.steps))
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']));
  if (scale.max !== undefined) panel.max(scale.max);
  if (scale.decimals !== undefined) panel.decimals(scale.decimals);
  return asRanking(panel);
}

/** Names beside their bars, one beneath the other. */
export function asRanking(panel: BarGaugePanel): BarGaugePanel {
  return panel
    .orientation(VizOrientation.Horizontal)
    .displayMode(BarGaugeDisplayMode.Basic)
    .valueMode(BarGaugeValueMode.Color)
    .namePlacement(BarGaugeNamePlacement.Left)
    .sizing(BarGaugeSizing.Manual)
    .minVizHeight(16)
    .maxVizHeight(24)
    .showUnfilled(true);
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
  return (
    stacked(overTime(words, queries, scale))
      // Where there is nothing, an axis up to 100 would say how little that is.
      .axisSoftMax(1)
      .drawStyle(GraphDrawStyle.Bars)
      .lineWidth(1)
      .fillOpacity(80)
  );
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
    .interval(scale.leastStep ?? LEAST_STEP)
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
  for (const { legend, color } of queries) {
    if (color !== undefined) panel.overrideByName(legend, colored(color));
  }
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

/** The same where nothing at all is no good news: what has no value has the colour below all values. */
export function notSilent(steps: Steps): Steps {
  return [
    { value: null, color: 'orange' },
    ...steps.map(({ value, color }) => ({ value: value ?? 0, color })),
  ];
}

/** What lines mean wherever they are drawn, told apart in light and dark. */
export const COLOR = {
  half: 'blue',
  tail: 'orange',
  extreme: 'red',
  good: 'green',
  late: 'orange',
  byUser: 'purple',
  byAgent: 'yellow',
} as const;

/** A series of a fixed colour. */
export function colored(color: string): DynamicConfigValue[] {
  return [{ id: 'color', value: { mode: 'fixed', fixedColor: color } }];
}
