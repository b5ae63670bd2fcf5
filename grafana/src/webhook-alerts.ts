import { seconds } from './duration.ts';
import { instrumentName, RESULT, SOURCE } from './metric.ts';
import { type AlertingRule, alerting, type Basis, BRIDGE_DASHBOARD, DURATION, THE_SOURCE } from './rule.ts';

/** Alerts about what vendors call callspan for. */
export function webhookAlerts(basis: Basis): AlertingRule[] {
  return [refusedAlert(basis), inboxAlert(basis), disabledAlert(basis)];
}

/** A few forged calls are the internet; many are a secret that somebody has changed on one side only. */
function refusedAlert(basis: Basis): AlertingRule {
  const { over, refused } = basis.objectives.webhooks;
  const calls = `${instrumentName('webhooks')}{${RESULT}=~"refused.*"}[${basis.time(over)}]`;
  return alerting(
    {
      ...{ alert: 'CallspanWebhookRefused', severity: 'warning', lasting: '2m', dashboard: BRIDGE_DASHBOARD },
      expr: `sum by (${SOURCE}) (increase(${calls})) >= ${refused}`,
      summary: `Webhooks of ${THE_SOURCE} are not believed`,
      description: `{{ $value | printf "%.0f" }} calls for source ${THE_SOURCE} in ${over} had no signature that fits: the secret was changed on one side, the clock is wrong, or somebody forges them.`,
    },
    basis,
  );
}

/** What was taken was answered with 200: nobody sends it again. */
function inboxAlert(basis: Basis): AlertingRule {
  const { waiting } = basis.objectives.webhooks;
  return alerting(
    {
      ...{ alert: 'CallspanInboxOld', severity: 'warning', lasting: '2m', dashboard: BRIDGE_DASHBOARD },
      expr: `max by (${SOURCE}) (${instrumentName('inboxAge')}) > ${seconds(basis.time(waiting))}`,
      summary: `What webhooks of ${THE_SOURCE} have brought is not delivered`,
      description: `The oldest has been waiting for ${DURATION}; ${waiting} is the limit. Of agents without retention it is the only copy.`,
    },
    basis,
  );
}

/** The vendor gives a webhook up that has failed ten times, and nobody there switches it on again. */
function disabledAlert(basis: Basis): AlertingRule {
  return alerting(
    {
      ...{
        alert: 'CallspanWebhookDisabled',
        severity: 'critical',
        lasting: '2m',
        dashboard: BRIDGE_DASHBOARD,
      },
      expr: `max by (${SOURCE}) (${instrumentName('webhookDisabled')}) > 0`,
      summary: `The vendor has switched the webhook of ${THE_SOURCE} off`,
      description: `Calls of source ${THE_SOURCE} are found by its list only, and those of agents without retention not at all, until it is switched on again at the vendor.`,
    },
    basis,
  );
}
