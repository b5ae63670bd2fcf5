import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { isBoundary } from '../../grafana/src/metric.ts';
import { parseObjectives } from '../../grafana/src/objectives.ts';
import type { AlertingRule, RuleGroup } from '../../grafana/src/rule.ts';
import { ruleFile, ruleGroups } from '../../grafana/src/rule-file.ts';
import { readDashboards } from './panel.ts';
import { askedLate, metricsIn, thresholdsIn } from './promql.ts';

const execFileAsync = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string) => readFileSync(ROOT + path, 'utf8');

const OBJECTIVES = parseObjectives(read('config/objectives.yaml'));
const SHIPPED: { groups: readonly RuleGroup[] } = parse(read('config/rules/callspan.yml'));
const RULES = SHIPPED.groups.flatMap(({ rules }) => rules);
const ALERTS = RULES.flatMap((rule) => ('alert' in rule ? [rule] : []));
const NAMES = [...new Set(ALERTS.map(({ alert }) => alert))];
/** Of these, all that is said is about agents. */
const ABOUT_BRIDGE = /^Callspan(Stalled|Gone|DeadLetters|MetricOverflow|Webhook\w+|InboxOld|Collector\w+)$/;

test('the committed rules are what the objectives make', () => {
  expect(read('config/rules/callspan.yml')).toBe(ruleFile(OBJECTIVES));
});

test('the generator checks that they are', async () => {
  await execFileAsync(process.execPath, ['--import', 'tsx', 'grafana/rules.ts', '--check'], { cwd: ROOT });
});

describe.each(
  ALERTS.map((rule) => ({ rule, name: `${rule.alert} ${Object.values(rule.labels).join(' ')}` })),
)('the alert $name', ({ rule }) => {
  const { alert, expr, labels, annotations } = rule;

  test('says how bad it is, what it is about, and by how much', () => {
    expect(labels.severity).toMatch(/^(warning|critical)$/);
    expect(annotations.summary?.replaceAll(/\{\{.+?\}\}/g, 'a name')).toMatch(/^.{10,70}$/);
    expect(annotations.description).toMatch(/^.{40,}\.$/);
    if (ABOUT_BRIDGE.test(alert)) return;
    expect(annotations.description).toContain('$value');
    expect(annotations.description).toContain('$labels.callspan_source');
  });

  test('leads to its runbook, and to a dashboard with its agent chosen', () => {
    expect(annotations.runbook_url).toBe(`${OBJECTIVES.links.runbooks}/${alert}.md`);
    const url = new URL(annotations.dashboard_url ?? '');
    const dashboard = [...readDashboards().values()].find(({ uid }) => url.pathname === `/d/${uid}`);
    expect(dashboard).toBeDefined();
    const variables = dashboard?.templating.list.map(({ name }) => `var-${name}`);
    for (const name of url.searchParams.keys()) expect(variables).toContain(name);
  });

  test('uses in its words only labels that it has', () => {
    const words = Object.values(annotations).join(' ');
    const used = [...words.matchAll(/\$labels\.(\w+)/g)].map(([, label = '']) => label);
    const own = `${expr} instance job`;
    // A recorded series is told apart by what it was recorded by.
    const recorded = expr.includes('agent:callspan_') ? RULES.find((each) => 'record' in each)?.expr : '';
    for (const label of used) expect(own + recorded).toMatch(new RegExp(`\\b${label}\\b`));
  });
});

describe('every rule', () => {
  test('asks for metrics that exist', () => {
    for (const { expr } of RULES) expect(metricsIn(expr).unknown).toEqual([]);
  });

  test('asks only for conversations that arrived on time', () => {
    for (const { expr } of RULES) {
      if (!expr.includes('otel_metric_overflow')) expect(askedLate(expr)).toEqual([]);
    }
  });

  test('compares lengths with bucket boundaries only, and never interpolates', () => {
    const thresholds = RULES.flatMap(({ expr }) => thresholdsIn(expr));
    expect(thresholds.length).toBeGreaterThan(10);
    for (const { metric, seconds } of thresholds) expect(isBoundary(metric, seconds)).toBe(true);
    for (const { expr } of RULES) expect(expr).not.toContain('histogram_quantile');
  });

  test('about turns counts turns and conversations before it speaks', () => {
    const aboutTurns = ALERTS.filter(({ expr }) => /share\d+|_bucket/.test(expr) && !expr.includes('join'));
    expect(aboutTurns.length).toBeGreaterThan(10);
    for (const { expr } of aboutTurns)
      expect(expr).toMatch(/(conversations:count\w+|changes\(.+\)\)\)) >= \d+/);
  });

  test('has another name in no group', () => {
    const records = RULES.flatMap((rule) => ('record' in rule ? [rule.record] : []));
    expect(new Set(records).size).toBe(records.length);
  });
});

describe('runbooks and documentation', () => {
  test('there is a runbook for every alert, and no other', () => {
    expect(readdirSync(`${ROOT}docs/runbooks`).sort()).toEqual(NAMES.map((name) => `${name}.md`).sort());
  });

  test.each(NAMES)('the runbook of %s says what it means, what to look at and what to do', (name) => {
    const page = read(`docs/runbooks/${name}.md`);
    const headings = page.match(/^#+ .+$/gm);
    expect(headings).toEqual([`# ${name}`, '## What it means', '## What to look at', '## What to do']);
    expect(page.split(/\s+/).length).toBeGreaterThan(80);
  });

  test.each(NAMES)('docs/alerts.md lists %s with each of its severities', (name) => {
    const rows = read('docs/alerts.md')
      .split('\n')
      .filter((line) => line.startsWith('|') && line.includes(`runbooks/${name}.md`));
    expect(rows).toHaveLength(1);
    for (const { labels } of ALERTS.filter(({ alert }) => alert === name)) {
      expect(rows[0]).toContain(labels.severity);
    }
  });
});

describe('rules of other objectives', () => {
  const alerts = (text: (yaml: string) => string, scale?: number): AlertingRule[] =>
    ruleGroups(parseObjectives(text(read('config/objectives.yaml'))), scale)
      .flatMap(({ rules }) => rules)
      .flatMap((rule) => ('alert' in rule ? [rule] : []));
  const burning = (rules: readonly AlertingRule[]) =>
    rules
      .filter(({ alert }) => alert === 'CallspanResponseBudgetBurn')
      .map(({ expr, labels }) => ({
        over: labels.over,
        limit: Number(/> ([\d.]+)/.exec(expr)?.[1]),
      }));

  test('a stricter objective burns sooner', () => {
    const strict = alerts((yaml) => yaml.replace('share: 0.95, within: 2', 'share: 0.99, within: 1.2'));
    expect(burning(strict)).toEqual([
      { over: '1h', limit: 0.144 },
      { over: '6h', limit: 0.06 },
      { over: '1d', limit: 0.03 },
      { over: '3d', limit: 0.01 },
    ]);
  });

  test('a pace that an easy objective can never reach is left out', () => {
    const easy = alerts((yaml) => yaml.replace('share: 0.95, within: 2', 'share: 0.8, within: 2'));
    expect(burning(easy).map(({ over }) => over)).toEqual(['1d', '3d']);
  });

  test('times are shortened for a test, names and limits stay', () => {
    const [first] = alerts((yaml) => yaml, 1 / 60);
    expect(first?.for).toBe('2000ms');
    expect(first?.labels).toEqual({ severity: 'critical', over: '1h' });
    const recorded = ruleGroups(OBJECTIVES, 1 / 60)[0]?.rules[0];
    expect(recorded).toMatchObject({ record: 'agent:callspan_slow_waits:share1h' });
    expect(recorded?.expr).toContain('[60000ms]');
  });
});
