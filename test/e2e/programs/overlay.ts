import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';

/** The root of the repository, where the shipped files lie. */
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** The path of a shipped file. */
export function shipped(path: string): string {
  return join(ROOT, path);
}

/** Ports of one collector. */
export interface CollectorPorts {
  readonly grpc: number;
  readonly http: number;
  readonly health: number;
  readonly metrics: number;
}

/** What is laid over the shipped collector configuration: on which ports it listens, and nothing else. */
export function collectorOverlay(ports: CollectorPorts): string {
  return stringify({
    extensions: { health_check: { endpoint: `127.0.0.1:${ports.health}` } },
    receivers: {
      otlp: {
        protocols: {
          grpc: { endpoint: `127.0.0.1:${ports.grpc}` },
          http: { endpoint: `127.0.0.1:${ports.http}` },
        },
      },
    },
    service: { telemetry: { metrics: { readers: [scrapedAt(ports.metrics)] } } },
  });
}

/** Ports of one Jaeger. */
export interface JaegerPorts {
  readonly otlp: number;
  readonly query: number;
  readonly queryGrpc: number;
  readonly health: number;
  readonly metrics: number;
}

/** What is laid over the shipped Jaeger configuration: ports, and the folder that traces are kept in. */
export function jaegerOverlay(ports: JaegerPorts, folder: string): string {
  const directories = { keys: join(folder, 'keys'), values: join(folder, 'values') };
  return stringify({
    extensions: {
      healthcheckv2: { http: { endpoint: `127.0.0.1:${ports.health}` } },
      jaeger_query: {
        http: { endpoint: `127.0.0.1:${ports.query}` },
        grpc: { endpoint: `127.0.0.1:${ports.queryGrpc}` },
      },
      jaeger_storage: { backends: { conversations: { badger: { directories } } } },
    },
    receivers: { otlp: { protocols: { http: { endpoint: `127.0.0.1:${ports.otlp}` } } } },
    service: { telemetry: { metrics: { readers: [scrapedAt(ports.metrics)] } } },
  });
}

function scrapedAt(port: number): object {
  return { pull: { exporter: { prometheus: { host: '127.0.0.1', port } } } };
}

interface PrometheusConfig {
  rule_files: string[];
  scrape_configs: { static_configs: StaticConfig[] }[];
  alerting: { alertmanagers: { static_configs: StaticConfig[] }[] };
}

interface StaticConfig {
  targets: string[];
}

/**
 * The shipped Prometheus configuration with other addresses: `targets` maps the ones in the file
 * (`collector:8888`) to those here; one that it lacks is not running, and is left out. `rules` are other rules.
 */
export async function prometheusConfig(
  targets: Readonly<Record<string, string>>,
  rules?: string,
): Promise<string> {
  const config: PrometheusConfig = parse(await readFile(shipped('config/prometheus.yml'), 'utf8'));
  const places = [...config.scrape_configs, ...config.alerting.alertmanagers];
  for (const place of places.flatMap((each) => each.static_configs)) {
    place.targets = place.targets.flatMap((target) => targets[target] ?? []);
  }
  config.rule_files =
    rules === undefined ? config.rule_files.map((path) => shipped(join('config', path))) : [rules];
  return stringify(config);
}

interface AlertmanagerConfig {
  receivers: { webhook_configs: { url: string }[] }[];
}

/** The shipped Alertmanager configuration; with `webhook`, the address that is to be filled in there. */
export async function alertmanagerConfig(webhook?: string): Promise<string> {
  const text = await readFile(shipped('config/alertmanager.yml'), 'utf8');
  if (webhook === undefined) return text;
  const config: AlertmanagerConfig = parse(text);
  for (const hook of config.receivers.flatMap((receiver) => receiver.webhook_configs)) hook.url = webhook;
  return stringify(config);
}

/** The flags that docker-compose.yml starts a program with, less those that are addresses or paths. */
export async function composeFlags(service: string, local: readonly string[]): Promise<string[]> {
  const compose: { services: Record<string, { command?: string[] }> } = parse(
    await readFile(shipped('docker-compose.yml'), 'utf8'),
  );
  const command = compose.services[service]?.command;
  if (command === undefined) throw new Error(`docker-compose.yml gives no command for ${service}`);
  const replaced = new Set(local.map(flagName));
  return [...command.filter((flag) => !replaced.has(flagName(flag))), ...local];
}

function flagName(flag: string): string {
  return flag.split('=', 1)[0] ?? flag;
}
