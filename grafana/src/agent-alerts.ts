import { AGENT, NUMBER, PHASE } from './metric.ts';
import { LIVE, phaseShares, shareOver } from './queries.ts';
import { RECORDED } from './recording.ts';
import {
  AGENT_DASHBOARD,
  type AlertingRule,
  alerting,
  type Basis,
  PERCENT,
  percent,
  severities,
  THE_AGENT,
  THE_SOURCE,
} from './rule.ts';

/** A little patience: a conversation's numbers come in one go, and rules are not evaluated all at once. */
export const LASTING = '2m';

/** Alerts about how long an agent keeps its callers waiting, and whether it answers at all. */
export function agentAlerts(basis: Basis): AlertingRule[] {
  return [...burnAlerts(basis), ...latencyAlerts(basis), ...unansweredAlerts(basis)];
}

/**
 * Where the waits of the agent went, for whoever is woken: mean seconds of a wait by phase, the longest first, and what
 * no phase explains. Prometheus asks for it when it tells of the alert.
 */
function phases(over: string, { time }: Basis): Readonly<Record<string, string>> {
  const where = `${AGENT.map((label, index) => `${label}=%[${index + 1}]q`).join(', ')}, ${LIVE}`;
  const query = phaseShares({ where, over: time(over) }).replaceAll(/\s+/g, ' ');
  const agent = AGENT.map((label) => `$labels.${label}`).join(' ');
  return {
    phases:
      `Mean of a wait in the last ${over}: ` +
      `{{ range $index, $phase := query (printf \`${query}\` ${agent}) }}{{ if $index }}, {{ end }}` +
      `{{ $phase.Labels.${PHASE} }} {{ $phase.Value | humanizeDuration }}{{ end }}.`,
  };
}

interface Guard {
  readonly over: string;
  readonly turns: number;
  readonly conversations: number;
}

/** Enough was said, in enough conversations, to speak of the agent and not of one caller. */
function guarded(condition: string, amount: string, { over, turns, conversations }: Guard): string {
  return `${condition}
and
  ${amount} >= ${turns}
and
  ${RECORDED.conversations(over)} >= ${conversations}`;
}

/** The longest that a budget is meant to last; paces are told in parts of it. */
const PERIOD_DAYS = 30;

function burnAlerts(basis: Basis): AlertingRule[] {
  const { burn, objectives } = basis.objectives;
  const budgets = [
    {
      alert: 'CallspanResponseBudgetBurn',
      allowed: 1 - objectives.response.share,
      bad: RECORDED.slow,
      amount: RECORDED.waits,
      what: `of the waits for agent ${THE_AGENT} (source ${THE_SOURCE})`,
      how: `were longer than ${objectives.response.within} s`,
      summary: `${THE_AGENT} keeps callers waiting`,
      isAboutWaits: true,
    },
    {
      alert: 'CallspanAnswerBudgetBurn',
      allowed: 1 - objectives.answer.share,
      bad: RECORDED.unanswered,
      amount: RECORDED.turns,
      what: `of what users said to agent ${THE_AGENT} (source ${THE_SOURCE})`,
      how: 'got no answer',
      summary: `${THE_AGENT} does not answer`,
      isAboutWaits: false,
    },
  ];
  return budgets.flatMap(({ alert, allowed, bad, amount, what, how, summary, isAboutWaits }) =>
    burn.flatMap((pace) => {
      const limit = Number((pace.factor * allowed).toFixed(6));
      if (limit >= 1) return [];
      // Not `and the recent share is over it too`: where nothing came recently, nothing says that it is over.
      const condition = `(
    ${bad(pace.over)} > ${limit}
  unless
    ${bad(pace.recent)} <= ${limit}
)`;
      const days = Number((PERIOD_DAYS / pace.factor).toFixed(1));
      const description =
        `${PERCENT} ${what} in the last ${pace.over} ${how}; the objective allows ${percent(allowed)}. ` +
        `At ${percent(limit)} the budget of ${PERIOD_DAYS} days lasts ${days} days.`;
      return alerting(
        {
          ...{ alert, summary, description, severity: pace.severity, lasting: LASTING },
          expr: guarded(condition, amount(pace.over), pace),
          dashboard: AGENT_DASHBOARD,
          ...(isAboutWaits ? { more: phases(pace.over, basis) } : {}),
          labels: { over: pace.over },
        },
        basis,
      );
    }),
  );
}

/**
 * A percentile over a limit, said as a share: the median is over 1.5 s just when more than half of the waits are.
 * The share is exact, a percentile out of buckets is a guess.
 */
function latencyAlerts(basis: Basis): AlertingRule[] {
  const { median, tail } = basis.objectives;
  const percentiles = [
    {
      ...{ alert: 'CallspanMedianSlow', limits: median, beyond: 0.5 },
      summary: (limit: number) => `Half of the waits for ${THE_AGENT} are longer than ${limit} s`,
    },
    {
      ...{ alert: 'CallspanTailSlow', limits: tail, beyond: 0.05 },
      summary: (limit: number) => `One wait of twenty for ${THE_AGENT} is longer than ${limit} s`,
    },
  ];
  return percentiles.flatMap(({ alert, limits, beyond, summary }) =>
    severities(limits).map(([severity, limit]) => {
      const look = { where: LIVE, over: basis.time(limits.over), by: AGENT };
      const condition = `${shareOver(NUMBER.response, limit, look)} > ${beyond}`;
      return alerting(
        {
          ...{ alert, severity, lasting: LASTING, summary: summary(limit), dashboard: AGENT_DASHBOARD },
          expr: guarded(condition, RECORDED.waits(limits.over), limits),
          description:
            `${PERCENT} of the waits for agent ${THE_AGENT} (source ${THE_SOURCE}) in the last ${limits.over} ` +
            `were longer than ${limit} s; ${percent(beyond)} is the limit.`,
          more: phases(limits.over, basis),
        },
        basis,
      );
    }),
  );
}

function unansweredAlerts(basis: Basis): AlertingRule[] {
  const { unanswered } = basis.objectives;
  const { over } = unanswered;
  return severities(unanswered).map(([severity, limit]) =>
    alerting(
      {
        ...{ alert: 'CallspanUnanswered', severity, lasting: LASTING, dashboard: AGENT_DASHBOARD },
        expr: guarded(`${RECORDED.unanswered(over)} > ${limit}`, RECORDED.turns(over), unanswered),
        summary: `${THE_AGENT} leaves callers in silence`,
        description:
          `${PERCENT} of what users said to agent ${THE_AGENT} (source ${THE_SOURCE}) in the last ${over} ` +
          `got no answer; ${percent(limit)} is the limit.`,
      },
      basis,
    ),
  );
}
