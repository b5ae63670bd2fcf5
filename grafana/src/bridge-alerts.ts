import { seconds } from './duration.ts';
import { instrumentName, OVERFLOW, SOURCE } from './metric.ts';
import {
  type AlertingRule,
  alerting,
  type Basis,
  BRIDGE_DASHBOARD,
  DURATION,
  severities,
  THE_SOURCE,
} from './rule.ts';
import { webhookAlerts } from './webhook-alerts.ts';

/** Alerts about callspan itself: without it, silence would look like peace. */
export function bridgeAlerts(basis: Basis): AlertingRule[] {
  return [
    ...stalledAlerts(basis),
    ...retentionAlerts(basis),
    goneAlert(basis),
    deadLetterAlert(basis),
    overflowAlert(basis),
    ...webhookAlerts(basis),
  ];
}

function stalledAlerts(basis: Basis): AlertingRule[] {
  return severities(basis.objectives.stalled).map(([severity, limit]) =>
    alerting(
      {
        ...{ alert: 'CallspanStalled', severity, lasting: '2m', dashboard: BRIDGE_DASHBOARD },
        expr: `max by (${SOURCE}) (${instrumentName('lag')}) > ${seconds(basis.time(limit))}`,
        summary: `callspan does not get through the list of ${THE_SOURCE}`,
        description: `It is ${DURATION} since the list of source ${THE_SOURCE} was walked to its end; ${limit} is the limit.`,
      },
      basis,
    ),
  );
}

/** The vendor is the queue, and some vendors forget: an outage may last no longer than they remember. */
function retentionAlerts(basis: Basis): AlertingRule[] {
  const lag = `max by (${SOURCE}) (${instrumentName('lag')})`;
  const retention = `max by (${SOURCE}) (${instrumentName('retention')})`;
  return severities(basis.objectives.retention).map(([severity, share]) =>
    alerting(
      {
        ...{ alert: 'CallspanRetentionNear', severity, lasting: '2m', dashboard: BRIDGE_DASHBOARD },
        expr: `${lag} > ${share} * ${retention}`,
        summary: `Conversations of ${THE_SOURCE} will be lost if its list is not read soon`,
        description: `It is ${DURATION} since the list of source ${THE_SOURCE} was walked to its end, more than ${Math.round(share * 100)} % of the time for which its vendor keeps conversations.`,
      },
      basis,
    ),
  );
}

/** OTLP marks nothing as gone: a series just stops. Whoever stopped for good is missed for a day. */
function goneAlert(basis: Basis): AlertingRule {
  const { critical } = basis.objectives.gone;
  const size = instrumentName('ledgerSize');
  return alerting(
    {
      ...{ alert: 'CallspanGone', severity: 'critical', lasting: '2m', dashboard: BRIDGE_DASHBOARD },
      expr: `last_over_time(${size}[${basis.time('1d')}])
unless
last_over_time(${size}[${basis.time(critical)}])`,
      summary: 'callspan is gone',
      description: `Nothing was heard of callspan (ledger {{ $labels.instance }}) for ${critical}; no alert about agents fires without it.`,
    },
    basis,
  );
}

function deadLetterAlert(basis: Basis): AlertingRule {
  return alerting(
    {
      ...{ alert: 'CallspanDeadLetters', severity: 'warning', lasting: '5m', dashboard: BRIDGE_DASHBOARD },
      expr: `sum by (${SOURCE}) (${instrumentName('deadLetters')}) > 0`,
      summary: `Conversations of ${THE_SOURCE} could not be delivered`,
      description: `{{ $value }} conversations of source ${THE_SOURCE} are dead letters: nobody sees them until they are looked at.`,
    },
    basis,
  );
}

/** Beyond 2,000 series a metric's values go to one series without labels, where no other alert sees them. */
function overflowAlert(basis: Basis): AlertingRule {
  const overflowing = `{__name__=~"callspan_.+_(total|count)", ${OVERFLOW}="true"}`;
  return alerting(
    {
      ...{ alert: 'CallspanMetricOverflow', severity: 'warning', lasting: '5m', dashboard: BRIDGE_DASHBOARD },
      expr: `count by (instance, metric) (
  label_replace(${overflowing}, "metric", "$1", "__name__", "(.+)")
) > 0`,
      summary: 'callspan has too many series to tell all agents apart',
      description: `{{ $labels.metric }} has reached its 2,000 series: agents, versions, tools or models that are new are counted together, and no alert about them fires.`,
    },
    basis,
  );
}
