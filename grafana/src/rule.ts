import { parseDuration } from '../../src/time/duration.ts';
import { AGENT_ID, EVALUATION, SOURCE, TOOL } from './metric.ts';
import type { Objectives } from './objectives.ts';

/** Rules as Prometheus reads them. */
export interface RuleGroup {
  readonly name: string;
  readonly interval: string;
  readonly rules: readonly Rule[];
}

type Rule = RecordingRule | AlertingRule;

export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
}

export interface AlertingRule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export type Severity = 'critical' | 'warning';

/** What rules are made from. */
export interface Basis {
  readonly objectives: Objectives;
  /** A length of time of the objectives as the rules are to have it: all of them are shortened alike for a test. */
  readonly time: (duration: string) => string;
}

/**
 * Shortens times for tests that cannot wait for days.
 * @param scale 1 leaves everything as it is; 1/60 makes seconds of minutes.
 */
export function scaledTime(scale: number): Basis['time'] {
  return (duration) => {
    const millis = parseDuration(duration);
    if (millis === undefined) throw new Error(`${duration} is not a duration`);
    return scale === 1 ? duration : `${Math.max(1, Math.round(millis * scale))}ms`;
  };
}

/** An alert's own words; everything else about it is the same for all alerts. */
export interface Wording {
  readonly alert: string;
  readonly severity: Severity;
  readonly expr: string;
  /** How long it has to be so before anybody is told. */
  readonly lasting: string;
  /** One line for a phone's display. */
  readonly summary: string;
  /** Who, how much and since when. */
  readonly description: string;
  /** The dashboard that shows it, and which of its variables the alert's labels set. */
  readonly dashboard: Dashboard;
  /** Annotations besides those that every alert has. */
  readonly more?: Readonly<Record<string, string>>;
  /** Labels besides the severity. */
  readonly labels?: Readonly<Record<string, string>>;
}

interface Dashboard {
  readonly uid: string;
  /** Label by variable. */
  readonly variables: Readonly<Record<string, string>>;
}

export const AGENT_DASHBOARD: Dashboard = {
  uid: 'callspan-conversations',
  variables: { source: SOURCE, agent: AGENT_ID },
};
export const SOURCE_DASHBOARD: Dashboard = {
  uid: 'callspan-conversations',
  variables: { source: SOURCE },
};
export const BRIDGE_DASHBOARD: Dashboard = { uid: 'callspan-bridge', variables: {} };

/** The agent that an alert is about, in its texts. */
export const THE_AGENT = `{{ $labels.${AGENT_ID} }}`;
export const THE_SOURCE = `{{ $labels.${SOURCE} }}`;
export const THE_TOOL = `{{ $labels.${TOOL} }}`;
export const THE_CRITERION = `{{ $labels.${EVALUATION} }}`;
export const PERCENT = '{{ $value | humanizePercentage }}';
export const DURATION = '{{ $value | humanizeDuration }}';

/** An alert with its runbook and its dashboard. */
export function alerting(wording: Wording, { objectives: { links }, time }: Basis): AlertingRule {
  const { alert, severity, expr, lasting, summary, description, labels = {}, more = {} } = wording;
  return {
    alert,
    expr,
    for: time(lasting),
    labels: { severity, ...labels },
    annotations: {
      summary,
      description,
      ...more,
      runbook_url: `${links.runbooks}/${alert}.md`,
      dashboard_url: dashboardUrl(links.grafana, wording.dashboard),
    },
  };
}

function dashboardUrl(grafana: string, { uid, variables }: Dashboard): string {
  const chosen = Object.entries(variables).map(
    ([name, label]) => `var-${name}={{ $labels.${label} | urlquery }}`,
  );
  return `${grafana}/d/${uid}${chosen.length === 0 ? '' : `?${chosen.join('&')}`}`;
}

/** Both severities of an alert that differs in nothing but its threshold. */
export function severities<Threshold>(
  thresholds: Readonly<Record<Severity, Threshold>>,
): readonly (readonly [Severity, Threshold])[] {
  return [
    ['critical', thresholds.critical],
    ['warning', thresholds.warning],
  ];
}

/** A share as people write it. */
export function percent(share: number): string {
  return `${Number((share * 100).toPrecision(6))} %`;
}
