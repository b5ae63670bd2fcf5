import { LASTING } from './agent-alerts.ts';
import { AGENT, ANSWER, ERROR, NUMBER, PROVIDER, SOURCE, TOOL, VERSION } from './metric.ts';
import {
  count,
  deliveriesWith,
  FAILED,
  growth,
  indent,
  LIVE,
  type Look,
  seenGrowth,
  shareOver,
  TOOL_FAILED,
} from './queries.ts';
import {
  AGENT_DASHBOARD,
  type AlertingRule,
  alerting,
  type Basis,
  PERCENT,
  percent,
  SOURCE_DASHBOARD,
  severities,
  THE_AGENT,
  THE_SOURCE,
  THE_TOOL,
} from './rule.ts';

/** Alerts about whole conversations: joining, tools, outcomes, and whether any come. */
export function conversationAlerts(basis: Basis): AlertingRule[] {
  return [...joinAlerts(basis), ...toolAlerts(basis), ...failureAlerts(basis), ...quietAlerts(basis)];
}

function joinAlerts(basis: Basis): AlertingRule[] {
  const { join } = basis.objectives;
  const look: Look = { where: LIVE, over: basis.time(join.over), by: AGENT };
  return severities(join).map(([severity, limit]) =>
    alerting(
      {
        ...{ alert: 'CallspanJoinSlow', severity, lasting: LASTING, dashboard: AGENT_DASHBOARD },
        // Each join is a conversation of its own.
        expr: `${shareOver(NUMBER.join, join.seconds, look)} > ${limit}
and
  ${indent(seenGrowth(`${NUMBER.join}_count`, look))} >= ${join.conversations}`,
        summary: `${THE_AGENT} is slow to join`,
        description:
          `${PERCENT} of the conversations with agent ${THE_AGENT} (source ${THE_SOURCE}) in the last ` +
          `${join.over} waited longer than ${join.seconds} s for the replica; ${percent(limit)} is the limit.`,
      },
      basis,
    ),
  );
}

function toolAlerts(basis: Basis): AlertingRule[] {
  const { tools } = basis.objectives;
  const look: Look = { where: LIVE, over: basis.time(tools.over), by: [...AGENT, TOOL] };
  const calls = growth(NUMBER.toolCalls, look);
  return severities(tools).map(([severity, limit]) =>
    alerting(
      {
        ...{ alert: 'CallspanToolFailures', severity, lasting: LASTING, dashboard: AGENT_DASHBOARD },
        expr: `${growth(NUMBER.toolCalls, look, TOOL_FAILED)}
/
${calls} > ${limit}
and
  ${indent(seenGrowth(NUMBER.toolCalls, look))} >= ${tools.calls}
and
  ${deliveriesWith(NUMBER.toolCalls, look, ERROR, TOOL_FAILED)} >= ${tools.conversations}`,
        summary: `Tool ${THE_TOOL} of ${THE_AGENT} fails`,
        description:
          `${PERCENT} of the calls of tool ${THE_TOOL} by agent ${THE_AGENT} (source ${THE_SOURCE}) in the ` +
          `last ${tools.over} failed; ${percent(limit)} is the limit.`,
      },
      basis,
    ),
  );
}

function failureAlerts(basis: Basis): AlertingRule[] {
  const { failed } = basis.objectives;
  const look: Look = { where: LIVE, over: basis.time(failed.over), by: AGENT };
  return severities(failed).map(([severity, limit]) =>
    alerting(
      {
        ...{ alert: 'CallspanConversationsFailed', severity, lasting: LASTING, dashboard: AGENT_DASHBOARD },
        expr: `${growth(NUMBER.conversations, look, FAILED)}
/
${growth(NUMBER.conversations, look)} > ${limit}
and
  ${indent(seenGrowth(NUMBER.conversations, look))} >= ${failed.conversations}
and
  ${indent(seenGrowth(NUMBER.conversations, look, FAILED))} >= ${failed.failed}`,
        summary: `Conversations with ${THE_AGENT} fail`,
        description:
          `${PERCENT} of the conversations with agent ${THE_AGENT} (source ${THE_SOURCE}) in the last ` +
          `${failed.over} failed; ${percent(limit)} is the limit.`,
      },
      basis,
    ),
  );
}

/** Nothing where there usually is something. What is usual is known after a week. */
function quietAlerts(basis: Basis): AlertingRule[] {
  const by = [SOURCE, PROVIDER];
  return basis.objectives.quiet.map(({ over, usual }) => {
    const look: Look = { where: LIVE, over: basis.time(over), by };
    const weekAgo = growth(NUMBER.conversations, { ...look, ago: basis.time('7d') });
    const lately = growth(NUMBER.conversations, { ...look, over: basis.time('3d') });
    return alerting(
      {
        ...{ alert: 'CallspanNothingArriving', severity: 'warning', lasting: '5m' },
        // A source that was given up would be missed for a week, if it did not have to be there lately.
        expr: `(
    ${weekAgo} >= ${usual}
  unless
    ${growth(NUMBER.conversations, look)} > 0
)
and
  ${lately} > 0`,
        summary: `No conversations from ${THE_SOURCE}`,
        description:
          `No conversation of source ${THE_SOURCE} came in the last ${over}; a week ago there were ` +
          `{{ printf "%.0f" $value }} in that time.`,
        dashboard: SOURCE_DASHBOARD,
        labels: { over },
      },
      basis,
    );
  });
}

/**
 * A version that nobody had before is slower than those before it, by the largest distance between the two
 * distributions of waits (Kolmogorov and Smirnov's): at some boundary so many fewer waits are within it.
 */
export function versionAlerts(basis: Basis): AlertingRule[] {
  const { over, before, turns, conversations, warning } = basis.objectives.version;
  const versions = [...AGENT, VERSION];
  const now: Look = { where: LIVE, over: basis.time(over), by: versions };
  const then: Look = { where: LIVE, over: basis.time(before), by: AGENT, ago: basis.time(over) };
  const within = (look: Look) =>
    growth(`${NUMBER.response}_bucket`, { ...look, by: [...(look.by ?? []), 'le'] });
  const on = (labels: readonly string[]) => `on (${labels.join(', ')})`;
  const distance = `max by (${versions.join(', ')}) (
    ${within(then)}
    / ${on(AGENT)} group_left ()
    ${count(NUMBER.response, then)}
  - ${on([...AGENT, 'le'])} group_right ()
    ${within(now)}
    / ${on(versions)} group_left ()
    ${count(NUMBER.response, now)}
)`;
  const expr = `${distance} > ${warning}
unless ${on(versions)}
  ${count(NUMBER.response, { ...then, by: versions })} > 0
and ${on(versions)}
  ${indent(seenGrowth(`${NUMBER.response}_count`, now))} >= ${turns}
and ${on(versions)}
  ${deliveriesWith(NUMBER.turns, now, ANSWER)} >= ${conversations}
and ${on(AGENT)}
  ${indent(seenGrowth(`${NUMBER.response}_count`, then))} >= ${turns}
and ${on(AGENT)}
  ${deliveriesWith(NUMBER.turns, then, ANSWER)} >= ${conversations}`;
  const version = `{{ $labels.${VERSION} }}`;
  return [
    alerting(
      {
        ...{ alert: 'CallspanVersionSlower', severity: 'warning', lasting: '10m', expr },
        summary: `Version ${version} of ${THE_AGENT} is slower than the one before`,
        description:
          `Fewer of the waits for version ${version} of agent ${THE_AGENT} (source ${THE_SOURCE}) are short: within some ` +
          `boundary, ${PERCENT} of all waits less than with the versions of the ${before} before; ${percent(warning)} is the limit.`,
        dashboard: AGENT_DASHBOARD,
      },
      basis,
    ),
  ];
}
