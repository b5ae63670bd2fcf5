import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { parseObjectives } from '../../grafana/src/objectives.ts';
import { ruleFile } from '../../grafana/src/rule-file.ts';
import { Prometheus } from '../grafana/prometheus.ts';
import { checkRules, testRules } from '../grafana/promtool.ts';
import { AGENT_SCENARIOS } from '../grafana/scenarios/agents.ts';
import { BRIDGE_SCENARIOS } from '../grafana/scenarios/bridge.ts';
import { LONG_SCENARIOS } from '../grafana/scenarios/days.ts';
import { EVALUATION_SCENARIOS } from '../grafana/scenarios/evaluations.ts';
import { Traffic } from '../grafana/traffic.ts';
import { conversation, waits } from '../grafana/truth.ts';
import { Webhook } from '../grafana/webhook.ts';
import { shipped } from './programs/overlay.ts';
import { type Stack, startStack } from './stack.ts';

const RULES = shipped('config/rules/callspan.yml');

describe('the shipped rules', () => {
  test('can be read by Prometheus, templates and all', async () => {
    await checkRules(RULES);
  });

  test.concurrent.each([...AGENT_SCENARIOS, ...BRIDGE_SCENARIOS, ...LONG_SCENARIOS, ...EVALUATION_SCENARIOS])(
    '$name',
    async ({ timeline, ...scenario }) => {
      await testRules({ rules: RULES, series: await timeline.series(), ...scenario });
    },
    // Days of samples, several of them at once, on a machine that may have more to do.
    300_000,
  );
});

/** The shipped objectives, in a world where a minute is a second. */
const SCALE = 1 / 60;

describe('Prometheus and Alertmanager as shipped, with a second for every minute', () => {
  let dir: string;
  let stack: Stack;
  let pager: Webhook;
  let prometheus: Prometheus;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'callspan-alerts-'));
    pager = await Webhook.open();
    const objectives = parseObjectives(await readFile(shipped('config/objectives.yaml'), 'utf8'));
    const rules = join(dir, 'rules.yml');
    await writeFile(rules, ruleFile(objectives, SCALE));
    const folder = join(dir, 'stack');
    await mkdir(folder);
    stack = await startStack({
      ...{ dir: folder, rules, webhook: pager.url },
      ...{ jaeger: false, prometheus: true, alertmanager: true },
    });
    prometheus = new Prometheus(stack.prometheusApi);
  });
  afterAll(async () => {
    await stack.stop();
    await pager.close();
    await rm(dir, { recursive: true });
  });

  test('one agent slows down: it is paged about, and no other', async () => {
    const anna = conversation({ agent: 'anna' });
    const ben = conversation({ agent: 'ben' });
    const traffic = new Traffic(stack, [anna, ben]);
    await vi.waitFor(() => expect(traffic.steps).toBeGreaterThan(10), { timeout: 600_000 });
    expect(await alerts()).toEqual([]);

    const spent = { llm_ttfb: 0.6, tool_wait: 1.1, llm_sentence: 0.3 };
    const slow = waits(2.2, 2.2, 2.2, 2.2, 2.2, 2.2).map((wait) => ({ ...wait, phases: spent }));
    traffic.become([anna, { ...ben, exchanges: slow }]);
    // Alertmanager waits half a minute for company before it sends anything, and that time is not shortened.
    await vi.waitFor(() => expect(pages('CallspanResponseBudgetBurn')).not.toEqual([]), {
      ...{ timeout: 600_000, interval: 500 },
    });
    await traffic.stop();

    expect(new Set((await alerts()).map(({ gen_ai_agent_id }) => gen_ai_agent_id))).toEqual(new Set(['ben']));
    const [page] = pages('CallspanResponseBudgetBurn');
    expect(page?.groupLabels).toEqual({
      ...{ alertname: 'CallspanResponseBudgetBurn', callspan_source: 'sales', gen_ai_agent_id: 'ben' },
    });
    expect(page?.alerts).toContainEqual(
      expect.objectContaining({
        labels: expect.objectContaining({ severity: 'critical', gen_ai_provider_name: 'elevenlabs' }),
        annotations: {
          summary: 'ben keeps callers waiting',
          description: expect.stringMatching(
            /^\d+(\.\d+)?% of the waits for agent ben \(source sales\) in the last \d+[hd] were longer than 2 s; the objective allows 5 %\./,
          ),
          // Among the calls of before, which tell of no phases.
          phases: expect.stringMatching(
            /^Mean of a wait in the last \d+[hd]: (?=.*\btool_wait \S+)(?=.*\bllm_ttfb \S+)(?=.*\bllm_sentence \S+).*\bunexplained \S+.*\.$/,
          ),
          runbook_url: 'docs/runbooks/CallspanResponseBudgetBurn.md',
          dashboard_url: 'http://localhost:3000/d/callspan-conversations?var-source=sales&var-agent=ben',
        },
      }),
    );
    for (const { alerts: told } of pager.notifications) {
      for (const { labels } of told) expect(labels.gen_ai_agent_id).not.toBe('anna');
    }
  });

  /** Alerts about agents that fire, as Prometheus sees them. */
  async function alerts() {
    const firing = await prometheus.query('ALERTS{alertstate="firing", gen_ai_agent_id!=""}');
    return firing.map(({ labels }) => labels);
  }

  function pages(alertname: string) {
    return pager.notifications.filter(({ groupLabels }) => groupLabels.alertname === alertname);
  }
});
