import type { Attributes, Provider } from '../conversation.ts';
import type { Destination } from '../delivery/endpoint.ts';
import type { TraceSettings } from '../trace/settings.ts';
import { Environment, wrong } from './environment.ts';
import { ConfigError } from './errors.ts';
import { checkUrl, fileDestination, otlpDestination } from './otlp.ts';
import { resourceAttributes } from './resource.ts';
import { type FileSource, type SettingsFile, SHORTEST_POLL_INTERVAL } from './schema.ts';
import { type TelemetryConfig, telemetryConfig } from './telemetry.ts';

export { ConfigError } from './errors.ts';

/** All that was decided outside the program, validated and frozen. Times are milliseconds. */
export interface Config {
  readonly sources: readonly SourceConfig[];
  /** The ledger's file. */
  readonly state: string;
  readonly pollInterval: number;
  /** How far back the first start looks, and how far back conversations are still found that appear late. */
  readonly lookback: number;
  /** How long the ledger keeps conversations that are settled; 0: for ever. */
  readonly retention: number;
  readonly logLevel: LogLevel;
  readonly telemetry: TelemetryConfig;
}

export interface SourceConfig {
  readonly name: string;
  readonly provider: Provider;
  /** A secret. */
  readonly apiKey: string;
  readonly baseUrl: string;
  readonly content: 'none' | 'full';
  readonly systemPrompt: boolean;
  readonly resource: Attributes;
  readonly destination: Destination;
  /** How long after a Tavus shutdown perception is waited for. */
  readonly settle: number;
  /** Only conversations of these agents (pals, personas, faces or replicas); all where empty. */
  readonly agents: readonly string[];
  readonly requestsPerSecond?: number;
  /** Requests to the vendor, and conversations, under way at a time. */
  readonly concurrency: number;
}

const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** The vendors' public hosts, by region. Residency regions are workspaces of their own, with keys of their own. */
const HOSTS: Record<Provider, Readonly<Record<string, string>>> = {
  elevenlabs: {
    global: 'https://api.elevenlabs.io',
    us: 'https://api.us.elevenlabs.io',
    eu: 'https://api.eu.residency.elevenlabs.io',
    in: 'https://api.in.residency.elevenlabs.io',
    sg: 'https://api.sg.residency.elevenlabs.io',
  },
  tavus: { global: 'https://tavusapi.com' },
};

const VARIABLES: Record<Provider, { key: string; baseUrl: string }> = {
  elevenlabs: { key: 'ELEVENLABS_API_KEY', baseUrl: 'ELEVENLABS_BASE_URL' },
  tavus: { key: 'TAVUS_API_KEY', baseUrl: 'TAVUS_BASE_URL' },
};

/** Vendors limit concurrency, some to very few, and the key is shared with the user's own programs. */
const CONCURRENCY = 4;

/**
 * Reads the settings: the environment, and the file that `CALLSPAN_CONFIG` names. A variable of the environment
 * wins over the file; sources come from the file where there is one, else each key in the environment is one.
 * @param stop ends the wait for commands that print keys.
 * @throws ConfigError naming the first setting that cannot be used, in one line.
 */
export async function loadConfig(
  variables: NodeJS.ProcessEnv = process.env,
  stop?: AbortSignal,
): Promise<Config> {
  const env = new Environment(variables);
  const path = env.text('CALLSPAN_CONFIG');
  // Most users have no file, and need not wait for what reads it.
  const reader = path === undefined ? undefined : await import('./file.ts');
  const file = path === undefined ? undefined : reader?.readSettingsFile(path, env);
  const sources =
    file === undefined
      ? environmentSources(env)
      : await Promise.all(
          file.sources.map(async (source) =>
            fileSource(env, file, source, (await reader?.readKey(source, stop)) ?? ''),
          ),
        );
  if (sources.length === 0) {
    throw new ConfigError('No source: set ELEVENLABS_API_KEY or TAVUS_API_KEY to the API key of an account.');
  }
  return freeze({
    sources,
    state: env.text('CALLSPAN_STATE') ?? file?.state ?? './callspan.db',
    pollInterval: env.duration('CALLSPAN_POLL_INTERVAL', file?.poll_interval ?? 30_000, {
      least: SHORTEST_POLL_INTERVAL,
    }),
    lookback: env.duration('CALLSPAN_LOOKBACK', file?.lookback ?? 86_400_000),
    retention: env.duration('CALLSPAN_RETENTION', file?.retention ?? 90 * 86_400_000),
    logLevel: env.choice('CALLSPAN_LOG_LEVEL', LOG_LEVELS, file?.log_level ?? 'info'),
    telemetry: telemetryConfig(env, file?.otlp),
  });
}

/** A key in the environment switches its vendor on. */
function environmentSources(env: Environment): SourceConfig[] {
  return (['elevenlabs', 'tavus'] as const).flatMap((provider): SourceConfig[] => {
    const variable = VARIABLES[provider];
    const apiKey = env.text(variable.key);
    if (apiKey === undefined) return [];
    const baseUrl = env.text(variable.baseUrl);
    return [
      {
        name: provider,
        provider,
        apiKey: checkKey(variable.key, apiKey),
        baseUrl: baseUrl === undefined ? hostOf(provider, 'global') : checkBaseUrl(variable.baseUrl, baseUrl),
        content: contentMode(env),
        systemPrompt: env.flag('CALLSPAN_INCLUDE_SYSTEM_PROMPT', false),
        resource: resourceAttributes(env),
        destination: otlpDestination(env),
        settle: env.duration('CALLSPAN_TAVUS_SETTLE', 300_000),
        agents: [],
        concurrency: CONCURRENCY,
      },
    ];
  });
}

function fileSource(env: Environment, file: SettingsFile, source: FileSource, apiKey: string): SourceConfig {
  const { name, provider, region = 'global', base_url: baseUrl } = source;
  if (region !== 'global' && HOSTS[provider][region] === undefined) {
    throw new ConfigError(
      `The source ${name}: ${provider} has no region ${region}; leave it out or set base_url.`,
    );
  }
  return {
    name,
    provider,
    apiKey: checkKey(`The source ${name}`, apiKey),
    baseUrl: baseUrl === undefined ? hostOf(provider, region) : checkBaseUrl(`${name}.base_url`, baseUrl),
    // What the source says of itself is nearer than what the environment says of all.
    content: source.content ?? contentMode(env, file.content),
    systemPrompt:
      source.include_system_prompt ??
      env.flag('CALLSPAN_INCLUDE_SYSTEM_PROMPT', file.include_system_prompt ?? false),
    resource: { ...resourceAttributes(env), ...file.resource, ...source.resource },
    destination: fileDestination(env, [file.otlp, source.otlp], name),
    settle: source.settle ?? env.duration('CALLSPAN_TAVUS_SETTLE', file.settle ?? 300_000),
    agents: source.agents ?? [],
    concurrency: source.concurrency ?? CONCURRENCY,
    ...(source.requests_per_second === undefined ? {} : { requestsPerSecond: source.requests_per_second }),
  };
}

function hostOf(provider: Provider, region: string): string {
  return HOSTS[provider][region] ?? '';
}

function checkKey(setting: string, key: string): string {
  if (key === '' || /[^\x21-\x7e]/.test(key)) {
    throw new ConfigError(`${setting}: the key is empty or has characters that no HTTP header can carry.`);
  }
  return key;
}

function checkBaseUrl(setting: string, value: string): string {
  const url = checkUrl(setting, value);
  if (url.search !== '' || url.hash !== '') throw wrong(setting, value, 'expected a URL without a query');
  return value.replace(/\/+$/, '');
}

/** callspan's own setting wins over that of the GenAI conventions, which has had two vocabularies. */
function contentMode(env: Environment, file?: 'none' | 'full'): 'none' | 'full' {
  const own = 'CALLSPAN_CONTENT';
  if (env.text(own) !== undefined) return env.choice(own, ['none', 'full'], 'none');
  if (file !== undefined) return file;
  const shared = 'OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT';
  const words = ['true', 'false', 'no_content', 'span_only', 'event_only', 'span_and_event'] as const;
  const word = env.choice(shared, words, 'false');
  // Events of the logs signal are not what callspan sends, so EVENT_ONLY asks for nothing here.
  return word === 'true' || word === 'span_only' || word === 'span_and_event' ? 'full' : 'none';
}

function freeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const member of Object.values(value)) freeze(member);
  }
  return value;
}

/** What a translation depends on where there is no source, only a payload in a file. */
export function settingsForFile(
  provider: Provider,
  variables: NodeJS.ProcessEnv = process.env,
): TraceSettings {
  const env = new Environment(variables);
  return {
    source: provider,
    content: contentMode(env),
    systemPrompt: env.flag('CALLSPAN_INCLUDE_SYSTEM_PROMPT', false),
    resource: resourceAttributes(env),
    secrets: [],
  };
}
