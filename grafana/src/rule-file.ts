import { stringify } from 'yaml';
import { agentAlerts } from './agent-alerts.ts';
import { bridgeAlerts } from './bridge-alerts.ts';
import { collectorAlerts } from './collector-alerts.ts';
import { conversationAlerts, versionAlerts } from './conversation-alerts.ts';
import { evaluationAlerts } from './evaluation-alerts.ts';
import type { Objectives } from './objectives.ts';
import { recordings } from './recording.ts';
import { type Basis, type RuleGroup, scaledTime } from './rule.ts';

/**
 * All rules of the objectives.
 * @param scale shortens every length of time, for tests; 1 leaves them as they are.
 */
export function ruleGroups(objectives: Objectives, scale = 1): RuleGroup[] {
  const basis: Basis = { objectives, time: scaledTime(scale) };
  const every = (interval: string, name: string, rules: RuleGroup['rules']): RuleGroup => ({
    ...{ name, interval: basis.time(interval), rules },
  });
  return [
    // One group, so that alerts see what was recorded just before them.
    every('30s', 'callspan-agents', [...recordings(basis), ...agentAlerts(basis)]),
    every('30s', 'callspan-conversations', conversationAlerts(basis)),
    // They look at a week, so not as often.
    every('5m', 'callspan-versions', versionAlerts(basis)),
    every('5m', 'callspan-evaluations', evaluationAlerts(basis)),
    every('30s', 'callspan-bridge', bridgeAlerts(basis)),
    every('30s', 'callspan-collector', collectorAlerts(basis)),
  ];
}

/** The rules as a file for Prometheus. */
export function ruleFile(objectives: Objectives, scale = 1): string {
  const header =
    '# Made from config/objectives.yaml by `npx tsx grafana/rules.ts`: change that file, not this one.\n' +
    '# What each alert means, and what to do: docs/alerts.md and docs/runbooks.\n\n';
  return header + stringify({ groups: ruleGroups(objectives, scale) }, { lineWidth: 0 });
}
