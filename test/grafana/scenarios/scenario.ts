import type { Expectation, Firing } from '../promtool.ts';
import { Timeline } from '../timeline.ts';

/** A course of events, and the alerts that have to come of it: these and no others. */
export interface Scenario {
  readonly name: string;
  readonly timeline: Timeline;
  /** Minutes between samples. */
  readonly step: number;
  readonly evaluateEvery: number;
  readonly expectations: readonly Expectation[];
  /** Queries with one value, for what no alert shows. */
  readonly values?: readonly { readonly minute: number; readonly expr: string; readonly value: number }[];
}

/** Minutes that short scenarios last: longer than the hour that most alerts look at. */
export const SHORT = 100;

/** Something that takes less than two hours, told minute by minute. */
export function short(
  name: string,
  happen: (timeline: Timeline) => void,
  firing: readonly Firing[],
  more: Partial<Scenario> = {},
): Scenario {
  const timeline = new Timeline({ step: 1, length: SHORT });
  happen(timeline);
  const expectations = [{ minute: SHORT, firing }];
  return { name, timeline, step: 1, evaluateEvery: 4, expectations, ...more };
}

const DAY = 24 * 60;

/** Something that takes days, told every five minutes. Expectations by hour. */
export function long(
  name: string,
  days: number,
  happen: (timeline: Timeline) => void,
  firingAt: Readonly<Record<number, readonly Firing[]>>,
): Scenario {
  const timeline = new Timeline({ step: 5, length: days * DAY });
  happen(timeline);
  const expectations = Object.entries(firingAt).map(([hour, firing]) => ({
    ...{ minute: Number(hour) * 60, firing },
  }));
  return { name, timeline, step: 5, evaluateEvery: 60, expectations };
}

/** Whom the alerts of most scenarios are about. */
const ANNA: Firing = { callspan_source: 'sales', gen_ai_agent_id: 'anna' };

/** An alert about the agent that all ordinary conversations are with. */
export function about(alertname: string, severity: 'critical' | 'warning', more: Firing = {}): Firing {
  return { alertname, severity, ...ANNA, ...more };
}

/** The same in both severities. */
export function severe(alertname: string, more: Firing = {}): Firing[] {
  return [about(alertname, 'critical', more), about(alertname, 'warning', more)];
}

/** An alert about no agent. */
export function alarm(alertname: string, severity: 'critical' | 'warning', more: Firing = {}): Firing {
  return { alertname, severity, ...more };
}
