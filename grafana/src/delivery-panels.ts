import { parseDuration } from '../../src/time/duration.ts';
import type { Section } from './board.ts';
import { LATE, NUMBER, OVERFLOW, instrumentName as own, RESULT, SOURCE } from './metric.ts';
import type { Objectives } from './objectives.ts';
import { badFrom, bars, COLOR, COUNT, colored, limits, lines, notSilent, stat } from './panel.ts';
import { growth, type Look } from './queries.ts';

const OF_SOURCE = `${SOURCE}=~"$source"`;
const BAR: Look = { where: OF_SOURCE, over: '$__interval' };

/** callspan tells of itself once a minute: a gauge is drawn as often, and growth needs several of its values. */
export const GAUGE_STEP = '1m';
export const GROWTH_STEP = '5m';

/** A gauge, told apart by source. */
const bySource = (gauge: string) => `max by (${SOURCE}) (${gauge}{${OF_SOURCE}})`;
const SOURCE_NAME = `{{${SOURCE}}}`;

/** Whether callspan is well. */
export function bridgeGlanceSection({ stalled }: Objectives): Section {
  const tile = (panel: ReturnType<typeof stat>) => ({ panel, width: 8, height: 4 });
  const lagging = badFrom(seconds(stalled.warning), seconds(stalled.critical));
  const nothing = 'no word from callspan';
  return {
    title: 'At a glance',
    panels: [
      tile(
        stat(
          {
            title: 'Lag',
            description: 'Time since the list of the slowest source was last walked to its end.',
            nothing,
          },
          [{ expr: `max(${own('lag')}{${OF_SOURCE}})`, legend: 'lag' }],
          { unit: 's', steps: notSilent(lagging) },
        ),
      ),
      tile(
        stat(
          {
            title: 'Dead letters',
            description: 'Conversations that could not be delivered as they are.',
            nothing,
          },
          [{ expr: `sum(${own('deadLetters')}{${OF_SOURCE}})`, legend: 'dead letters' }],
          { ...COUNT, steps: notSilent(badFrom(1)) },
        ),
      ),
      tile(
        stat(
          {
            title: 'Pending',
            description:
              'Conversations that callspan knows and that have not ended, or are not delivered yet.',
            nothing,
          },
          [{ expr: `sum(${own('pending')}{${OF_SOURCE}})`, legend: 'pending' }],
          COUNT,
        ),
      ),
      tile(
        stat(
          {
            title: 'Collector',
            description: 'Whether the collector takes what callspan sends: 0 while it is away.',
            nothing,
          },
          [{ expr: `min(${own('collectorUp')})`, legend: 'collector' }],
          {
            unit: 'bool_on_off',
            steps: notSilent([
              { value: 0, color: 'red' },
              { value: 1, color: 'green' },
            ]),
          },
        ),
      ),
      tile(
        stat(
          { title: 'Ledger', description: "Size of callspan's own memory on the disk.", nothing },
          [{ expr: `sum(${own('ledgerSize')})`, legend: 'ledger' }],
          { unit: 'bytes' },
        ),
      ),
      tile(
        stat(
          {
            title: 'Overflowing metrics',
            description: 'Metrics that have reached their 2,000 series: what is new is counted together.',
            nothing: 'none',
          },
          [
            {
              expr: `count(count by (__name__) ({__name__=~"callspan_.+_(total|count)", ${OVERFLOW}="true"}))`,
              legend: 'overflowing',
            },
          ],
          { ...COUNT, steps: badFrom(1) },
        ),
      ),
    ],
  };
}

/** Whether it keeps up, and what it could not deliver. */
export function deliverySection({ stalled }: Objectives): Section {
  return {
    title: 'Deliveries',
    panels: [
      {
        panel: lines(
          {
            title: 'Lag by source',
            description: "Time since each source's list was last walked to its end.",
          },
          [{ expr: bySource(own('lag')), legend: SOURCE_NAME }],
          {
            ...{ unit: 's', leastStep: GAUGE_STEP },
            steps: limits(seconds(stalled.warning), seconds(stalled.critical)),
          },
        ),
        width: 8,
        height: 8,
      },
      {
        panel: bars(
          {
            title: 'Deliveries',
            description:
              'Tries to deliver a conversation in each step: accepted; rejected for good, a dead letter; or unavailable, to be tried again.',
            nothing: 'no deliveries in this time',
          },
          [{ expr: growth(own('deliveries'), { ...BAR, by: [RESULT] }), legend: `{{${RESULT}}}` }],
          { ...COUNT, leastStep: GROWTH_STEP },
        )
          .overrideByName('accepted', colored('green'))
          .overrideByName('unavailable', colored('orange'))
          .overrideByName('rejected', colored('red')),
        width: 8,
        height: 8,
      },
      {
        panel: bars(
          {
            title: 'On time and late',
            description:
              'Conversations that were delivered in each step. Late ones ended more than an hour before: a backfill, or an outage caught up. Alerts look at those on time only.',
          },
          [
            {
              expr: growth(NUMBER.conversations, BAR, `${LATE}="false"`),
              legend: 'on time',
              color: COLOR.good,
            },
            { expr: growth(NUMBER.conversations, BAR, `${LATE}="true"`), legend: 'late', color: COLOR.late },
          ],
          { ...COUNT, leastStep: GROWTH_STEP },
        ),
        width: 8,
        height: 8,
      },
      {
        panel: lines(
          { title: 'Pending by source', description: 'Conversations that are known and not settled.' },
          [{ expr: bySource(own('pending')), legend: SOURCE_NAME }],
          { ...COUNT, leastStep: GAUGE_STEP },
        ),
        width: 8,
        height: 8,
      },
      {
        panel: lines(
          {
            title: 'Dead letters by source',
            description:
              'Conversations that could not be delivered as they are. The log of callspan names each, with the reason. Parked are those that are too old for their destination: callspan retry --parked sends them to one that takes them.',
          },
          [
            { expr: bySource(own('deadLetters')), legend: SOURCE_NAME },
            { expr: `${bySource(own('parked'))} > 0`, legend: `${SOURCE_NAME}, parked` },
          ],
          { ...COUNT, leastStep: GAUGE_STEP },
        ),
        width: 8,
        height: 8,
      },
      {
        panel: bars(
          {
            title: 'Rejected spans',
            description: 'Spans that the collector would not keep, of conversations that it accepted.',
            nothing: 'none',
          },
          [{ expr: growth(own('spansRejected'), { ...BAR, by: [SOURCE] }), legend: SOURCE_NAME }],
          { ...COUNT, leastStep: GROWTH_STEP },
        ),
        width: 8,
        height: 8,
      },
    ],
  };
}

function seconds(duration: string): number {
  return (parseDuration(duration) ?? 0) / 1_000;
}
