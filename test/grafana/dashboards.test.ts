import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { dashboardFile, dashboards } from '../../grafana/src/dashboards.ts';
import { isBoundary, NUMBER } from '../../grafana/src/metric.ts';
import { parseObjectives } from '../../grafana/src/objectives.ts';
import { interpolate, type Panel, panelsOf, promqlOf, readDashboards } from './panel.ts';
import { metricsIn, thresholdsIn } from './promql.ts';

const execFileAsync = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const BOARDS = readDashboards();
const PANELS = [...BOARDS.values()].flatMap((dashboard) =>
  panelsOf(dashboard).map((panel) => ({ dashboard, panel, name: `${dashboard.title}: ${panel.title}` })),
);
const SHOWING = PANELS.filter(({ panel }) => panel.type !== 'text');

describe('the committed dashboards', () => {
  test('are what their sources and the objectives make', async () => {
    const objectives = parseObjectives(await readFile(`${ROOT}config/objectives.yaml`, 'utf8'));
    const made = [...dashboards(objectives)].map(([name, dashboard]) => [
      name,
      JSON.parse(dashboardFile(dashboard)),
    ]);
    expect(Object.fromEntries(BOARDS)).toEqual(Object.fromEntries(made));
  });

  test('are checked by the generator, which fails where one is out of date', async () => {
    await generate('--check');
  });

  test('have a fixed uid each, the tag that links them, and the schema that Grafana 11 to 13 read', () => {
    const uids = [...BOARDS.values()].map(({ uid }) => uid);
    expect(uids.sort()).toEqual(['callspan-bridge', 'callspan-conversation', 'callspan-conversations']);
    for (const { tags, schemaVersion } of BOARDS.values()) {
      expect(tags).toEqual(['callspan']);
      expect(schemaVersion).toBeGreaterThanOrEqual(39);
    }
  });
});

describe.each([...BOARDS.values()])('the dashboard $title', (dashboard) => {
  const panels = panelsOf(dashboard);

  test('numbers its panels without repetition', () => {
    const ids = [...dashboard.panels.flatMap((panel) => [panel, ...(panel.panels ?? [])])].map(
      ({ id }) => id,
    );
    expect(new Set(ids).size).toBe(ids.length);
    expect(Math.min(...ids)).toBeGreaterThan(0);
  });

  test('has no two panels of one title', () => {
    const titles = panels.map(({ title }) => title);
    expect(new Set(titles).size).toBe(titles.length);
  });

  test('lays its panels beside and below each other, never over each other', () => {
    const taken = new Map<string, string>();
    for (const { title, gridPos } of panels) {
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(taken.get(`${x},${y}`), `${title} lies on it`).toBeUndefined();
          taken.set(`${x},${y}`, title);
        }
      }
    }
  });

  test('uses every variable that it defines, and defines every one that it uses', () => {
    const defined = dashboard.templating.list.map(({ name }) => name);
    const grafanas = /^__/;
    const { templating, ...rest } = dashboard;
    const chained = templating.list.map(({ query }) => query);
    const text = JSON.stringify([rest, chained]);
    const used = [...text.matchAll(/\$\{?([a-zA-Z]\w*)/g)].map(([, name = '']) => name);
    expect(new Set(used.filter((name) => !grafanas.test(name)))).toEqual(new Set(defined));
  });

  test('asks its variables of the data source, with All for everything', () => {
    for (const variable of dashboard.templating.list.filter(({ type }) => type === 'query')) {
      expect(variable).toMatchObject({
        datasource: { uid: 'callspan-prometheus' },
        multi: true,
        includeAll: true,
        allValue: '.*',
        current: { value: ['$__all'] },
      });
    }
  });
});

test('the dashboard Conversations shows what arrived on time, unless somebody chooses otherwise', () => {
  const late = BOARDS.get('conversations.json')?.templating.list.find(({ name }) => name === 'late');
  expect(late).toMatchObject({ multi: true, includeAll: true, current: { value: ['false'] } });
});

describe.each(SHOWING)('the panel $name', ({ panel, dashboard }) => {
  test('says what it shows, and by which time', () => {
    const { description = '', datasource, targets = [] } = panel;
    const time =
      datasource?.type === 'tempo' ? 'when the conversations took place' : 'when the conversations arrived';
    expect(description).toMatch(new RegExp(`^.{20,}Time: ${time}\\.$`, 's'));
    expect(targets.length).toBeGreaterThan(0);
  });

  test('asks a data source that is provisioned', () => {
    const known = { prometheus: 'callspan-prometheus', tempo: 'callspan-tempo' };
    for (const { datasource } of [panel, ...(panel.targets ?? [])]) {
      expect(known).toHaveProperty(datasource?.type ?? 'none', datasource?.uid);
    }
  });

  test('names its queries A, B, C', () => {
    const letters = (panel.targets ?? []).map(({ refId }) => refId).join('');
    expect('ABCDEFGHIJ'.slice(0, letters.length)).toBe(letters);
  });

  test('has a unit, a legend, and words for when there is nothing', () => {
    if (panel.type === 'traces') return expect(panel.targets).toMatchObject([{ query: '$traceId' }]);
    expect(panel.fieldConfig?.defaults.noValue).toMatch(/./);
    if (panel.type === 'table') return expect(panel.fieldConfig?.overrides.length).toBeGreaterThan(0);
    expect(unitOf(panel)).toMatch(/./);
    for (const { expr, legendFormat } of panel.targets ?? []) {
      if (expr === undefined) continue;
      expect(legendFormat).toMatch(/./);
      const labels = [...(legendFormat ?? '').matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label);
      for (const label of labels)
        expect(expr, `${label} is told apart`).toMatch(
          new RegExp(
            `by \\([^)]*\\b${label}\\b|label_replace\\([^]*, "${label}", "\\$1"`.replaceAll(', ', ',\\s*'),
          ),
        );
    }
  });

  test('asks for metrics that exist, and compares them with boundaries of theirs', () => {
    for (const { expr } of panel.targets ?? []) {
      if (expr === undefined) continue;
      expect(metricsIn(expr).unknown).toEqual([]);
      for (const { metric, seconds } of thresholdsIn(expr)) {
        expect(isBoundary(metric, seconds), `${seconds} of ${metric}`).toBe(true);
      }
    }
  });

  test('leaves no variable in what it sends', () => {
    const names = dashboard.templating.list.map(({ name }) => [name, 'x'] as const);
    const variables = Object.fromEntries([
      ...names,
      ...['__range', '__rate_interval', '__interval'].map((name) => [name, '1h'] as const),
    ]);
    for (const { expr, query = '' } of panel.targets ?? []) {
      // What a regular expression has found is no variable, and Grafana leaves it alone.
      expect(interpolate(expr ?? query, variables).replaceAll('"$1"', '')).not.toContain('$');
    }
  });
});

test('TraceQL compares lengths both as whole and as other numbers, because Tempo keeps them apart', () => {
  const texts = [...BOARDS.values()].map((dashboard) => JSON.stringify(dashboard));
  const compared = texts.flatMap((text) => [...text.matchAll(/(span\.[\w.]+_seconds) > ([\d.]+)/g)]);
  expect(compared.length).toBeGreaterThan(2);
  const whole = compared.filter(([, , limit = '']) => !limit.includes('.'));
  const others = compared.filter(([, , limit = '']) => limit.includes('.'));
  expect(others.map(([, name, limit]) => `${name} ${Number(limit)}`)).toEqual(
    whole.map(([, name, limit]) => `${name} ${Number(limit)}`),
  );
});

describe('panels of the felt latency', () => {
  test('show exemplars, and the heat map asks for them too', () => {
    const exemplary = promqlOf(BOARDS.values()).filter(({ expr }) =>
      expr.includes(`${NUMBER.response}_bucket`),
    );
    expect(exemplary.length).toBeGreaterThan(4);
    const withDots = SHOWING.filter(({ panel }) => panel.targets?.some(({ exemplar }) => exemplar)).map(
      ({ name }) => name,
    );
    expect(withDots).toEqual([
      'Conversations: Felt latency, percentiles',
      'Conversations: Felt latency, all waits',
    ]);
  });

  test('no panel but those that say so interpolates', () => {
    for (const { panel } of SHOWING) {
      const interpolates = panel.targets?.some(({ expr }) => expr?.includes('histogram_quantile')) ?? false;
      expect(/interpolated/i.test(panel.description ?? ''), panel.title).toBe(interpolates);
    }
  });
});

async function generate(...args: string[]): Promise<void> {
  await execFileAsync(process.execPath, ['--import', 'tsx', 'grafana/generate.ts', ...args], { cwd: ROOT });
}

function unitOf({ fieldConfig, options }: Panel): string | undefined {
  return fieldConfig?.defaults.unit ?? options?.yAxis?.unit;
}
