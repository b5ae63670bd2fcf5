import {
  type AlertingRule,
  alerting,
  type Basis,
  BRIDGE_DASHBOARD,
  PERCENT,
  percent,
  severities,
  type Wording,
} from './rule.ts';

/** The collector's own metrics, as it names them itself; `collector-config.yaml` opens them at port 8888. */
export const COLLECTOR = {
  accepted: 'otelcol_receiver_accepted_spans',
  refused: 'otelcol_receiver_refused_spans',
  sent: 'otelcol_exporter_sent_spans',
  sendFailed: 'otelcol_exporter_send_failed_spans',
  enqueueFailed: 'otelcol_exporter_enqueue_failed_spans',
  queueSize: 'otelcol_exporter_queue_size',
  queueCapacity: 'otelcol_exporter_queue_capacity',
} as const;

/** How full each queue of the collector is. */
export const QUEUE_FILL = `sum by (exporter, data_type) (${COLLECTOR.queueSize})
/
sum by (exporter, data_type) (${COLLECTOR.queueCapacity})`;

/** Alerts about the collector, where conversations wait for their backends. */
export function collectorAlerts(basis: Basis): AlertingRule[] {
  const about = (wording: Omit<Wording, 'dashboard'>) =>
    alerting({ ...wording, dashboard: BRIDGE_DASHBOARD }, basis);
  const over = basis.time('10m');
  return [
    about({
      ...{ alert: 'CallspanCollectorDown', severity: 'critical', lasting: '5m' },
      expr: 'up{job="otelcol"} == 0',
      summary: 'The collector is down',
      description:
        'The collector at {{ $labels.instance }} does not answer. Conversations wait at the vendors; numbers do not arrive, so no alert about agents fires.',
    }),
    about({
      ...{ alert: 'CallspanCollectorRefusing', severity: 'warning', lasting: '2m' },
      expr: `${grew(COLLECTOR.refused, 'receiver', over)}
or
${grew(COLLECTOR.enqueueFailed, 'exporter', over)}`,
      summary: 'The collector refuses spans',
      description:
        'The collector refused spans in the last 10m ({{ with $labels.exporter }}the queue of {{ . }} is full{{ else }}it has no memory left, or cannot read them{{ end }}). Senders come again.',
    }),
    about({
      ...{ alert: 'CallspanCollectorDropping', severity: 'critical', lasting: '0s' },
      expr: grew(COLLECTOR.sendFailed, 'exporter', over),
      summary: 'Spans are lost on their way to {{ $labels.exporter }}',
      description:
        'Exporter {{ $labels.exporter }} of the collector gave up spans in the last 10m, because the backend refused them for good.',
    }),
    ...severities(basis.objectives.queue).map(([severity, limit]) =>
      about({
        ...{ alert: 'CallspanCollectorQueueFilling', severity, lasting: '5m' },
        expr: `${QUEUE_FILL} > ${limit}`,
        summary: 'The queue of {{ $labels.exporter }} fills up',
        description: `The collector's queue of {{ $labels.data_type }} for {{ $labels.exporter }} is ${PERCENT} full; ${percent(limit)} is the limit. When it is full, callspan has to wait.`,
      }),
    ),
  ];
}

/** A counter that is there only since it first counted has grown too, although `increase` does not see it. */
export function grew(counter: string, by: string, over: string): string {
  return `sum by (${by}) (increase(${counter}[${over}])) > 0
or
sum by (${by}) (${counter} unless ${counter} offset ${over}) > 0`;
}
