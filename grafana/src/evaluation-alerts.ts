import { AGENT, EVALUATION, NUMBER } from './metric.ts';
import { EVALUATION_FAILED, indent, judged, LIVE, type Look, seenGrowth, shareOf } from './queries.ts';
import {
  AGENT_DASHBOARD,
  type AlertingRule,
  alerting,
  type Basis,
  PERCENT,
  percent,
  THE_AGENT,
  THE_CRITERION,
  THE_SOURCE,
} from './rule.ts';

/**
 * An agent fails a criterion of the vendor's evaluations more often than in its own week before. No share is bad in
 * itself: what a criterion asks for may be rare, so an agent is compared with nobody but itself.
 */
export function evaluationAlerts(basis: Basis): AlertingRule[] {
  const { over, before, conversations, warning } = basis.objectives.evaluations;
  const by = [...AGENT, EVALUATION];
  const now = judged({ where: LIVE, over: basis.time(over), by });
  const then = judged({ where: LIVE, over: basis.time(before), by, ago: basis.time(over) });
  const share = (look: Look) => `(\n  ${indent(shareOf(NUMBER.evaluations, EVALUATION_FAILED, look))}\n)`;
  // A conversation has one result by each criterion, so results are conversations.
  const enough = (look: Look) => `${indent(seenGrowth(NUMBER.evaluations, look))} >= ${conversations}`;
  return [
    alerting(
      {
        ...{ alert: 'CallspanEvaluationsWorse', severity: 'warning', lasting: '10m' },
        expr: `${share(now)}
-
${share(then)}
> ${warning}
and
  ${enough(now)}
and
  ${enough(then)}`,
        summary: `${THE_AGENT} fails ${THE_CRITERION} more often`,
        description:
          `${PERCENT} more of the conversations with agent ${THE_AGENT} (source ${THE_SOURCE}) failed the criterion ` +
          `${THE_CRITERION} in the last ${over} than in its own ${before} before; ${percent(warning)} is the limit.`,
        dashboard: AGENT_DASHBOARD,
      },
      basis,
    ),
  ];
}
