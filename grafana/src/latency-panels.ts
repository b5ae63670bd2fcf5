import {
  AxisPlacement,
  HeatmapCellLayout,
  TooltipDisplayMode,
  VisibilityMode,
} from '@grafana/grafana-foundation-sdk/common';
import {
  HeatmapColorMode,
  HeatmapColorOptionsBuilder,
  HeatmapColorScale,
  PanelBuilder as HeatmapPanel,
  HeatmapTooltipBuilder,
  RowsHeatmapOptionsBuilder,
  YAxisConfigBuilder,
} from '@grafana/grafana-foundation-sdk/heatmap';
import { PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import type { Section } from './board.ts';
import { PROMETHEUS } from './datasource.ts';
import { AGENT_ID, NUMBER, PHASE } from './metric.ts';
import type { Objectives } from './objectives.ts';
import { areas, badFrom, COLOR, colored, limits, lines, query, ranking } from './panel.ts';
import {
  BAR,
  bucketOf,
  buckets,
  CALLED,
  named,
  phaseMeans,
  quantile,
  STEP,
  shareOver,
  unexplained,
  WHOLE,
} from './queries.ts';
import { unknownWaits } from './true-time-panels.ts';

/** What the section is called that this product exists for. */
const DEFINITION =
  'Felt latency is the time from the moment the user stops to the moment the agent is heard.';
const DOTS = 'Each dot is a wait in a conversation: click it to open the trace.';

/** The felt latency: how long, of whom, and why. */
export function latencySection({ objectives, tail }: Objectives): Section {
  const { within, share } = objectives.response;
  const wait = (q: number, legend: string, color: string) => ({
    ...{ expr: quantile(q, NUMBER.response, STEP), legend, color, exemplars: q === 0.95 },
  });
  return {
    title: 'Felt latency',
    panels: [
      {
        panel: lines(
          {
            title: 'Felt latency, percentiles',
            description: `${DEFINITION} Half of the waits, 95 and 99 of 100 were shorter; interpolated. ${DOTS}`,
          },
          [wait(0.5, 'p50', COLOR.half), wait(0.95, 'p95', COLOR.tail), wait(0.99, 'p99', COLOR.extreme)],
          { unit: 's', steps: limits(within, tail.critical) },
        ),
        width: 12,
        height: 9,
      },
      { panel: heatmap(), width: 12, height: 9 },
      {
        panel: ranking(
          {
            title: `Waits over ${within} s`,
            description: `Share of the waits for each agent that were longer than ${within} s, the worst agent first; red where it is more than the objective allows. Exact.`,
          },
          {
            expr: named(shareOver(NUMBER.response, within, { ...WHOLE, by: [AGENT_ID] })),
            legend: `{{${CALLED}}}`,
          },
          { unit: 'percentunit', decimals: 1, max: 1, steps: badFrom(Number((1 - share).toFixed(6))) },
        ),
        width: 12,
        height: 9,
      },
      { panel: phases(), width: 12, height: 9 },
      { panel: unknownWaits(), width: 24, height: 6 },
    ],
  };
}

/** Boundaries that the heatmap has a row for: with all twenty their names lie upon each other. */
const COARSE = [0.5, 1, 1.5, 2, 3, 5, 8, 13, 30].map(bucketOf).concat('[+]Inf').join('|');

function heatmap(): HeatmapPanel {
  return (
    new HeatmapPanel()
      .title('Felt latency, all waits')
      .description(
        `${DEFINITION} How many waits were that long in each step: the stronger the colour, the more. ${DOTS} Time: when the conversations arrived.`,
      )
      .datasource(PROMETHEUS)
      .interval('15m')
      .targets([
        query(0, buckets(NUMBER.response, { ...BAR, where: `${BAR.where}, le=~"${COARSE}"` }))
          .format(PromQueryFormat.Heatmap)
          .legendFormat('{{le}}')
          .range()
          .exemplar(true),
      ])
      .calculate(false)
      .rowsFrame(new RowsHeatmapOptionsBuilder().layout(HeatmapCellLayout.Auto))
      .color(
        new HeatmapColorOptionsBuilder()
          .mode(HeatmapColorMode.Scheme)
          .scheme('Oranges')
          .scale(HeatmapColorScale.Exponential)
          .exponent(0.5)
          .steps(64),
      )
      .yAxis(new YAxisConfigBuilder().unit('s').axisPlacement(AxisPlacement.Left))
      // Dots that one sees through: the cells behind them are what the panel is about.
      .exemplarsColor('rgba(120, 120, 120, 0.55)')
      .tooltip(new HeatmapTooltipBuilder().mode(TooltipDisplayMode.Single).yHistogram(true))
      .showValue(VisibilityMode.Never)
      .showLegend()
      .noValue('no conversations in this time')
  );
}

const PHASE_COLORS = {
  turn_detection: 'blue',
  asr: 'purple',
  rag: 'yellow',
  llm_ttfb: 'orange',
  tool_wait: 'super-light-purple',
  llm_sentence: 'light-orange',
  tts_ttfb: 'red',
  unexplained: 'gray',
};

function phases() {
  const panel = areas(
    {
      title: 'Where the wait goes',
      description:
        'Mean seconds of a wait by phase: noticing that the user has ended (turn_detection), speech recognition (asr), retrieval (rag), the model until its first token (llm_ttfb), tools that it called meanwhile (tool_wait), the model until its first whole sentence (llm_sentence), voice (tts_ttfb). Over all waits, those without a phase too. What no phase explains is the rest: network, telephony, or a vendor that measures nothing (Tavus). Phases may overlap.',
    },
    [
      { expr: phaseMeans(STEP), legend: `{{${PHASE}}}` },
      { expr: unexplained(STEP), legend: 'unexplained' },
    ],
    { unit: 's' },
  );
  for (const [phase, color] of Object.entries(PHASE_COLORS)) panel.overrideByName(phase, colored(color));
  return panel;
}
