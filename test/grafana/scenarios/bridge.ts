import { COLLECTOR } from '../../../grafana/src/collector-alerts.ts';
import { instrumentName } from '../../../grafana/src/metric.ts';
import { alarm, long, type Scenario, short } from './scenario.ts';

/** What goes wrong with callspan and its collector. */

const own = (name: string, labels = 'callspan_source="sales"') =>
  `${name}{job="callspan", instance="ledger-1", ${labels}}`;
const ofExporter = (name: string) =>
  `${name}{job="otelcol", instance="collector:8888", exporter="otlp_http/tempo", data_type="traces"}`;
const ofReceiver = (name: string) =>
  `${name}{job="otelcol", instance="collector:8888", receiver="otlp", transport="http"}`;

const LAG = own(instrumentName('lag'));
const RETENTION = own(instrumentName('retention'));
const SIZE = `${instrumentName('ledgerSize')}{job="callspan", instance="ledger-1"}`;
const DEAD = own(instrumentName('deadLetters'));
const CAPACITY = ofExporter(COLLECTOR.queueCapacity);
const SALES = { callspan_source: 'sales' };
const TEMPO = { exporter: 'otlp_http/tempo' };

const STALLED = [alarm('CallspanStalled', 'warning', SALES), alarm('CallspanStalled', 'critical', SALES)];
const REFUSED = own(
  instrumentName('webhooks'),
  'callspan_source="sales", callspan_webhook_type="none", callspan_result="refused: mismatch"',
);
const KEPT = own(
  instrumentName('webhooks'),
  'callspan_source="sales", callspan_webhook_type="post_call_transcription", callspan_result="kept"',
);
const INBOX_AGE = own(instrumentName('inboxAge'));
const DISABLED = own(instrumentName('webhookDisabled'));

const WEBHOOKS: readonly Scenario[] = [
  short(
    'a secret is changed on one side only',
    (timeline) => timeline.with(REFUSED, (minute) => Math.max(0, minute - 60)),
    [alarm('CallspanWebhookRefused', 'warning', SALES)],
    {
      expectations: [
        { minute: 58, firing: [] },
        { minute: 90, firing: [alarm('CallspanWebhookRefused', 'warning', SALES)] },
      ],
    },
  ),
  short(
    'somebody forges a webhook now and then, and true ones come',
    (timeline) => {
      timeline.with(REFUSED, (minute) => Math.floor(minute / 5));
      timeline.with(KEPT, (minute) => 20 * minute);
    },
    [],
  ),
  short('what a webhook has brought waits', (timeline) => timeline.with(INBOX_AGE, (minute) => minute * 3), [
    alarm('CallspanInboxOld', 'warning', SALES),
  ]),
  short(
    'what webhooks bring is delivered',
    (timeline) => timeline.with(INBOX_AGE, (minute) => (minute % 7) * 9),
    [],
  ),
  short(
    'the vendor gives the webhook up',
    (timeline) => timeline.with(DISABLED, (minute) => (minute < 50 ? 0 : 1)),
    [alarm('CallspanWebhookDisabled', 'critical', SALES)],
  ),
];

const CALLSPAN: readonly Scenario[] = [
  short('callspan stalls', (timeline) => timeline.with(LAG, (minute) => minute * 60), STALLED, {
    expectations: [
      { minute: 15, firing: [] },
      { minute: 30, firing: [alarm('CallspanStalled', 'warning', SALES)] },
      {
        minute: 80,
        firing: [alarm('CallspanStalled', 'warning', SALES), alarm('CallspanStalled', 'critical', SALES)],
      },
    ],
  }),
  short(
    'callspan keeps up, restarts included',
    (timeline) => timeline.with(LAG, (minute) => (minute % 10) * 60 + 60),
    [],
  ),
  long(
    'callspan does not get through the list of a vendor that forgets after five days',
    5,
    (timeline) => {
      timeline.with(RETENTION, () => 5 * 86_400);
      timeline.with(LAG, (minute) => minute * 60);
    },
    {
      30: [...STALLED],
      48: [...STALLED, alarm('CallspanRetentionNear', 'warning', SALES)],
      90: [
        ...STALLED,
        alarm('CallspanRetentionNear', 'warning', SALES),
        alarm('CallspanRetentionNear', 'critical', SALES),
      ],
    },
  ),
  short('callspan goes away', (timeline) => timeline.with(SIZE, upTo(60)), [], {
    expectations: [
      { minute: 68, firing: [] },
      { minute: 80, firing: [alarm('CallspanGone', 'critical')] },
    ],
  }),
  short(
    'callspan restarts',
    (timeline) => timeline.with(SIZE, (minute) => (minute >= 60 && minute < 66 ? undefined : 4096)),
    [],
  ),
  long('callspan was given up', 2, (timeline) => timeline.with(SIZE, upTo(60)), {
    12: [alarm('CallspanGone', 'critical')],
    30: [],
  }),
  short('a dead letter', (timeline) => timeline.with(DEAD, (minute) => (minute < 50 ? 0 : 1)), [
    alarm('CallspanDeadLetters', 'warning', SALES),
  ]),
  short(
    'a dead letter that was seen to',
    (timeline) => timeline.with(DEAD, (minute) => (minute < 50 ? 1 : 0)),
    [],
  ),
  short(
    'a metric with too many series',
    (timeline) => {
      timeline.with(own('callspan_turns_total', 'otel_metric_overflow="true"'), (minute) => minute);
      timeline.with(own('callspan_response_latency_seconds_count', 'otel_metric_overflow="true"'), upTo(90));
    },
    [alarm('CallspanMetricOverflow', 'warning', { metric: 'callspan_turns_total' })],
  ),
];

const THE_COLLECTOR: readonly Scenario[] = [
  short(
    'the collector is down',
    (timeline) =>
      timeline.with('up{job="otelcol", instance="collector:8888"}', (minute) => (minute < 90 ? 1 : 0)),
    [alarm('CallspanCollectorDown', 'critical')],
  ),
  short(
    'the collector is restarted',
    (timeline) =>
      timeline.with('up{job="otelcol", instance="collector:8888"}', (minute) =>
        minute >= 95 && minute < 97 ? 0 : 1,
      ),
    [],
  ),
  short(
    'the collector refuses spans',
    (timeline) => timeline.with(ofReceiver(COLLECTOR.refused), (minute) => Math.max(0, minute - 90)),
    [alarm('CallspanCollectorRefusing', 'warning', { receiver: 'otlp' })],
  ),
  short(
    'a full queue refuses spans, for the first time',
    (timeline) =>
      timeline.with(ofExporter(COLLECTOR.enqueueFailed), (minute) => (minute < 95 ? undefined : 12)),
    [alarm('CallspanCollectorRefusing', 'warning', TEMPO)],
  ),
  short(
    'what was refused an hour ago, and a collector whose counters begin anew',
    (timeline) => {
      timeline.with(ofReceiver(COLLECTOR.refused), (minute) => (minute < 95 ? 40 : 0));
      timeline.with(ofExporter(COLLECTOR.enqueueFailed), (minute) => (minute < 30 ? minute : 30));
      timeline.with(ofExporter(COLLECTOR.sendFailed), (minute) => (minute < 95 ? 7 : 0));
    },
    [],
  ),
  short(
    'spans are lost',
    (timeline) => timeline.with(ofExporter(COLLECTOR.sendFailed), (minute) => (minute < 97 ? undefined : 3)),
    [alarm('CallspanCollectorDropping', 'critical', TEMPO)],
  ),
  short(
    'a queue fills up',
    (timeline) => {
      timeline.with(ofExporter(COLLECTOR.queueSize), (minute) => minute * 5_000);
      timeline.with(CAPACITY, () => 500_000);
    },
    [],
    {
      expectations: [
        { minute: 50, firing: [] },
        { minute: 60, firing: [alarm('CallspanCollectorQueueFilling', 'warning', TEMPO)] },
        {
          minute: 100,
          firing: [
            alarm('CallspanCollectorQueueFilling', 'warning', TEMPO),
            alarm('CallspanCollectorQueueFilling', 'critical', TEMPO),
          ],
        },
      ],
    },
  ),
];

/** A value until this minute, and none afterwards. */
function upTo(end: number): (minute: number) => number | undefined {
  return (minute) => (minute < end ? 4096 : undefined);
}

export const BRIDGE_SCENARIOS: readonly Scenario[] = [...CALLSPAN, ...WEBHOOKS, ...THE_COLLECTOR];
