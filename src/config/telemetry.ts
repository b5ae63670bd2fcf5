import type { Attributes } from '../conversation.ts';
import type { Destination } from '../delivery/endpoint.ts';
import { type Environment, wrong } from './environment.ts';
import { ConfigError } from './errors.ts';
import { fileDestination, otlpDestination } from './otlp.ts';
import { resourceAttributes } from './resource.ts';
import type { FileOtlp } from './schema.ts';

/** What callspan tells of itself and of the conversations in numbers, and where it goes. */
export interface TelemetryConfig {
  /** callspan's own `service.name`; the conversations' is the vendor's. */
  readonly serviceName: string;
  /** `OTEL_RESOURCE_ATTRIBUTES`. */
  readonly resource: Attributes;
  /** Where metrics are sent. Absent: nowhere. */
  readonly metrics?: MetricsConfig;
  /** Where callspan's own traces go. Absent: none are made. */
  readonly traces?: Destination;
  /** Where health and metrics can be asked for. Absent: nowhere. */
  readonly listen?: ListenAddress;
}

interface MetricsConfig {
  /** Its `tracesUrl` is the URL that metrics are posted to. */
  readonly destination: Destination;
  /** From the start of one export to the start of the next, in milliseconds. */
  readonly interval: number;
}

export interface ListenAddress {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
}

const LOOPBACK = '127.0.0.1';
/** Every interface. */
export const EVERYWHERE = '::';
/** Of the specification, "SDK environment variables", in milliseconds. */
const DEFAULT_INTERVAL = 60_000;

/**
 * The settings of callspan's telemetry, with the specification's names where it has one.
 * @param file the part of a settings file that says where everything goes.
 * @throws ConfigError
 */
export function telemetryConfig(env: Environment, file?: FileOtlp): TelemetryConfig {
  const listen = env.text('CALLSPAN_LISTEN');
  return {
    serviceName: serviceName(env),
    resource: resourceAttributes(env),
    ...(sendsMetrics(env)
      ? { metrics: { destination: metricsDestination(env, file), interval: interval(env) } }
      : {}),
    ...(env.flag('CALLSPAN_SELF_TRACES', false) ? { traces: fileDestination(env, [file], 'callspan') } : {}),
    ...(listen === undefined ? {} : { listen: listenAddress('CALLSPAN_LISTEN', listen) }),
  };
}

/** `OTEL_SERVICE_NAME` wins over a `service.name` in `OTEL_RESOURCE_ATTRIBUTES`, as the specification has it. */
function serviceName(env: Environment): string {
  const attributes = env.text('OTEL_RESOURCE_ATTRIBUTES');
  const among = /(?:^|,)\s*service\.name\s*=\s*([^,]*)/.exec(attributes ?? '')?.[1]?.trim();
  try {
    return env.text('OTEL_SERVICE_NAME') ?? (among ? decodeURIComponent(among) : 'callspan');
  } catch {
    throw new ConfigError(
      'OTEL_RESOURCE_ATTRIBUTES: expected percent-encoded values, and service.name has a % that encodes nothing.',
    );
  }
}

function sendsMetrics(env: Environment): boolean {
  const setting = 'OTEL_METRICS_EXPORTER';
  const value = env.text(setting)?.toLowerCase();
  if (value === 'prometheus') {
    throw wrong(setting, value, 'expected otlp or none; CALLSPAN_LISTEN offers metrics to Prometheus');
  }
  return env.choice(setting, ['otlp', 'none'], 'otlp') === 'otlp';
}

/**
 * The environment's own endpoint for metrics, else what the settings file says of all, else the common one. Headers
 * that the file has for an endpoint of traces alone are not for others.
 */
function metricsDestination(env: Environment, file: FileOtlp | undefined): Destination {
  const isForTraces = file?.endpoint === undefined && file?.traces_endpoint !== undefined;
  if (env.text('OTEL_EXPORTER_OTLP_METRICS_ENDPOINT') !== undefined || isForTraces) {
    return otlpDestination(env, 'METRICS');
  }
  return fileDestination(env, [file], 'callspan', 'METRICS');
}

function interval(env: Environment): number {
  const setting = env.first('OTEL_METRIC_EXPORT_INTERVAL');
  const millis = env.millis(setting, DEFAULT_INTERVAL);
  if (setting !== undefined && millis === 0)
    throw wrong(setting.name, setting.value, 'expected more than 0 ms');
  return millis;
}

/** `host:port`; a port alone is this machine's own, `:port` every interface's, as other programs write it. */
export function listenAddress(setting: string, value: string): ListenAddress {
  const match = /^(?:(\[[\da-f:.]+\]|[^:\s[\]]*):)?(\d{1,5})$/i.exec(value);
  const port = Number(match?.[2]);
  if (!match || port > 65_535) {
    throw wrong(setting, value, 'expected a port, :port or host:port, such as 127.0.0.1:9464');
  }
  const host = match[1]?.replace(/^\[|\]$/g, '');
  return { host: host === '' ? EVERYWHERE : (host ?? LOOPBACK), port };
}
