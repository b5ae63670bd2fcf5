import type { Section } from './board.ts';
import { COLLECTOR, grew, QUEUE_FILL } from './collector-alerts.ts';
import { GAUGE_STEP, GROWTH_STEP } from './delivery-panels.ts';
import { ERROR, instrumentName as own, SOURCE, STATUS_CODE } from './metric.ts';
import type { Objectives } from './objectives.ts';
import { bars, COUNT, limits, lines } from './panel.ts';
import { growth, type Look, quantile } from './queries.ts';

const OF_SOURCE = `${SOURCE}=~"$source"`;
const STEP: Look = { where: OF_SOURCE, over: '$__rate_interval' };
const BAR: Look = { where: OF_SOURCE, over: '$__interval' };
const SOURCE_NAME = `{{${SOURCE}}}`;

/** What comes in: the vendors' APIs. */
export function vendorSection(): Section {
  const place = (panel: ReturnType<typeof lines>) => ({ panel, width: 6, height: 8 });
  return {
    title: 'Vendors',
    panels: [
      place(
        bars(
          {
            title: 'Requests',
            description: "Requests to the vendors' APIs by the status of the answer; 429 means too many.",
          },
          [
            {
              expr: growth(own('vendorRequests'), { ...BAR, by: [SOURCE, STATUS_CODE] }),
              legend: `${SOURCE_NAME} {{${STATUS_CODE}}}`,
            },
          ],
          { ...COUNT, leastStep: GROWTH_STEP },
        ),
      ),
      place(
        bars(
          {
            title: 'Requests without an answer',
            description: 'Broken connections and missed deadlines, by kind.',
            nothing: 'none',
          },
          [
            {
              expr: growth(own('vendorErrors'), { ...BAR, by: [SOURCE, ERROR] }),
              legend: `${SOURCE_NAME} {{${ERROR}}}`,
            },
          ],
          { ...COUNT, leastStep: GROWTH_STEP },
        ),
      ),
      place(
        lines(
          { title: 'Request duration, p95', description: '95 of 100 requests were shorter. Interpolated.' },
          [
            {
              expr: quantile(0.95, own('vendorRequestDuration'), { ...STEP, by: [SOURCE] }),
              legend: SOURCE_NAME,
            },
          ],
          { unit: 's', leastStep: GROWTH_STEP },
        ),
      ),
      place(
        bars(
          {
            title: 'Drift',
            description:
              'Things in payloads that callspan does not know, or misses: the vendor has changed something.',
            nothing: 'none',
          },
          [{ expr: growth(own('drift'), { ...BAR, by: [SOURCE] }), legend: SOURCE_NAME }],
          { ...COUNT, leastStep: GROWTH_STEP },
        ),
      ),
    ],
  };
}

/** What goes out: the collector's queues. */
export function collectorSection({ queue }: Objectives): Section {
  const rate = (counter: string, by: string) => `sum by (${by}) (rate(${counter}[$__rate_interval]))`;
  const place = (panel: ReturnType<typeof lines>) => ({ panel, width: 8, height: 8 });
  const nothing = 'no word from the collector';
  return {
    title: 'Collector',
    panels: [
      place(
        lines(
          {
            title: 'Queues',
            description: 'How full the queues for the backends are. A full queue makes callspan wait.',
            nothing,
          },
          [{ expr: QUEUE_FILL, legend: '{{exporter}} {{data_type}}' }],
          {
            unit: 'percentunit',
            max: 1,
            leastStep: GAUGE_STEP,
            steps: limits(queue.warning, queue.critical),
          },
        ),
      ),
      place(
        lines(
          {
            title: 'Spans in and out',
            description: 'Spans a second that the collector took, and that it passed on.',
            nothing,
          },
          [
            { expr: rate(COLLECTOR.accepted, 'receiver'), legend: 'taken by {{receiver}}' },
            { expr: rate(COLLECTOR.sent, 'exporter'), legend: 'sent by {{exporter}}' },
          ],
          { unit: 'suffix: spans/s', leastStep: GAUGE_STEP },
        ),
      ),
      place(
        bars(
          {
            title: 'Refused and lost',
            description: 'Spans that the collector refused, had no room for, or gave up, in each step.',
            nothing: 'none',
          },
          [
            { expr: grew(COLLECTOR.refused, 'receiver', '$__interval'), legend: 'refused by {{receiver}}' },
            {
              expr: grew(COLLECTOR.enqueueFailed, 'exporter', '$__interval'),
              legend: 'no room for {{exporter}}',
            },
            { expr: grew(COLLECTOR.sendFailed, 'exporter', '$__interval'), legend: 'lost by {{exporter}}' },
          ],
          { ...COUNT, leastStep: GROWTH_STEP },
        ),
      ),
    ],
  };
}
