import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { PROMETHEUS, TEMPO } from '../../grafana/src/datasource.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const text = (path: string) => readFileSync(ROOT + path, 'utf8');
const yaml = (path: string) => parse(text(path), { strict: true });

interface DataSource {
  readonly name: string;
  readonly uid: string;
  readonly type: string;
  readonly url: string;
  readonly isDefault?: boolean;
  readonly jsonData?: Readonly<Record<string, unknown>>;
}

const SOURCES: readonly DataSource[] = yaml('grafana/provisioning/datasources/callspan.yaml').datasources;
const COMPOSE: {
  services: Readonly<Record<string, { volumes?: string[]; ports?: string[]; environment?: object }>>;
} = yaml('docker-compose.yml');
const source = (uid: string | undefined) => SOURCES.find((each) => each.uid === uid);

describe('the data sources', () => {
  test('have fixed uids, each its own', () => {
    expect(SOURCES.map(({ uid }) => uid)).toEqual([
      'callspan-prometheus',
      'callspan-tempo',
      'callspan-jaeger',
      'callspan-alertmanager',
    ]);
    expect(SOURCES.filter(({ isDefault }) => isDefault)).toHaveLength(1);
  });

  test('are those that the dashboards ask', () => {
    for (const { uid, type } of [PROMETHEUS, TEMPO]) expect(source(uid)?.type).toBe(type);
  });

  test('are at the services and ports of docker-compose.yml', () => {
    for (const { url } of SOURCES) {
      const { hostname, port } = new URL(url);
      const ports = COMPOSE.services[hostname]?.ports ?? [];
      expect(ports.map((each) => each.split(':').at(-1))).toContain(port);
    }
  });

  test('lead from an exemplar to its conversation and to Jaeger, and nowhere that a viewer may not go', () => {
    expect(source('callspan-prometheus')?.jsonData?.exemplarTraceIdDestinations).toEqual([
      {
        name: 'trace_id',
        // Grafana reads $$ as $; a single one it would look up in the environment, and find nothing.
        url: `/d/callspan-conversation?var-traceId=$\${__value.raw}`,
        urlDisplayLabel: 'Open the conversation',
      },
      {
        name: 'trace_id',
        url: `http://localhost:16686/trace/$\${__value.raw}`,
        urlDisplayLabel: 'Open in Jaeger',
      },
    ]);
  });

  test('never look for a trace within the time that is shown: late conversations would be missed', () => {
    expect(source('callspan-tempo')?.jsonData?.traceQuery).toEqual({ timeShiftEnabled: false });
  });

  test('search without streaming, whose second frame puts a chooser under every table', () => {
    expect(source('callspan-tempo')?.jsonData?.streamingEnabled).toMatchObject({ search: false });
  });

  test('know how often numbers come, and where alerts are', () => {
    expect(source('callspan-prometheus')?.jsonData).toMatchObject({
      timeInterval: '60s',
      alertmanagerUid: 'callspan-alertmanager',
    });
  });

  test('have no variable of the environment, which nothing would set', () => {
    const file = text('grafana/provisioning/datasources/callspan.yaml');
    expect(file.replaceAll('$$', '').match(/\$\{?\w+/g)).toBeNull();
  });
});

describe('the dashboards', () => {
  test('are read from where docker-compose.yml puts them', () => {
    const [provider] = yaml('grafana/provisioning/dashboards/callspan.yaml').providers;
    const volumes = COMPOSE.services.grafana?.volumes;
    expect(volumes).toContain(`./grafana/dashboards:${provider.options.path}:ro`);
    expect(volumes).toContain('./grafana/provisioning:/etc/grafana/provisioning:ro');
    expect(provider).toMatchObject({ type: 'file', folder: 'callspan', allowUiUpdates: false });
  });
});

test('Grafana opens with the dashboard about conversations, from where it is mounted', () => {
  const [provider] = yaml('grafana/provisioning/dashboards/callspan.yaml').providers;
  expect(COMPOSE.services.grafana?.environment).toMatchObject({
    GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH: `${provider.options.path}/conversations.json`,
  });
});

describe('the rules', () => {
  test('are read from where docker-compose.yml puts them', () => {
    expect(yaml('config/prometheus.yml').rule_files).toEqual(['rules/*.yml']);
    expect(COMPOSE.services.prometheus?.volumes).toContain('./config:/etc/callspan:ro');
  });

  test('never page twice about one trouble', () => {
    expect(yaml('config/alertmanager.yml').inhibit_rules).toContainEqual({
      source_matchers: ['severity="critical"'],
      target_matchers: ['severity="warning"'],
      equal: ['alertname', 'callspan_source', 'gen_ai_agent_id', 'gen_ai_tool_name', 'exporter'],
    });
  });
});
