import type { Attributes, Provider } from '../conversation.ts';
import type { Destination } from '../delivery/endpoint.ts';
import type { TraceSettings } from '../trace/settings.ts';
import { profileOf, profiles } from '../vendors/registry.ts';
import type { Account, Profile } from '../vendors/vendor.ts';
import { Environment, list, wrong } from './environment.ts';
import { ConfigError } from './errors.ts';
import { checkUrl, fileDestination, otlpDestination } from './otlp.ts';
import { resourceAttributes } from './resource.ts';
import { type FileSource, type SettingsFile, SHORTEST_POLL_INTERVAL } from './schema.ts';
import { type ListenAddress, type TelemetryConfig, telemetryConfig } from './telemetry.ts';
import { environmentWebhook, fileWebhook, type WebhookSettings, webhookAddress } from './webhook.ts';

export { list } from './environment.ts';
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
  /** Where webhooks are taken; undefined: nowhere. */
  readonly webhooks?: ListenAddress;
  /** What was read otherwise than it was written, a sentence each. */
  readonly warnings: readonly string[];
}

export interface SourceConfig extends Account, WebhookSettings {
  readonly content: 'none' | 'full';
  readonly systemPrompt: boolean;
  readonly resource: Attributes;
  readonly destination: Destination;
}

const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

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
    const keys = list(profiles().map(({ keyVariable }) => keyVariable));
    throw new ConfigError(
      `No source: set ${keys} to the API key of an account.`,
      `export ${profiles()[0]?.keyVariable}=<the API key of an account>`,
    );
  }
  // A wrong setting stops the start also where its vendor is switched off: it was meant to do something.
  for (const profile of profiles()) settleTime(env, profile);
  const webhooks = webhookAddress(env);
  if (webhooks !== undefined && sources.every(({ webhook }) => webhook === undefined)) {
    throw new ConfigError(
      'CALLSPAN_WEBHOOKS is set, and no source has a secret or a token to trust its webhooks by.',
    );
  }
  return freeze({
    sources,
    state: ledgerPlace(env, file?.state),
    pollInterval: env.duration('CALLSPAN_POLL_INTERVAL', file?.poll_interval ?? 30_000, {
      least: SHORTEST_POLL_INTERVAL,
    }),
    lookback: env.duration('CALLSPAN_LOOKBACK', file?.lookback ?? 86_400_000),
    retention: env.duration('CALLSPAN_RETENTION', file?.retention ?? 90 * 86_400_000),
    logLevel: env.choice('CALLSPAN_LOG_LEVEL', LOG_LEVELS, file?.log_level ?? 'info'),
    telemetry: telemetryConfig(env, file?.otlp),
    ...(webhooks === undefined ? {} : { webhooks }),
    warnings: env.padded.map((name) => `${name} has blanks or line breaks around it; they are left out`),
  });
}

/**
 * Where the ledger is, for commands that only look at it: they need no key.
 * @throws ConfigError where the settings file cannot be used.
 */
export async function loadLedgerPlace(variables: NodeJS.ProcessEnv = process.env): Promise<string> {
  const env = new Environment(variables);
  const path = env.text('CALLSPAN_CONFIG');
  const file = path === undefined ? undefined : (await import('./file.ts')).readLedgerPlace(path, env);
  return ledgerPlace(env, file);
}

function ledgerPlace(env: Environment, file: string | undefined): string {
  return env.secret('CALLSPAN_STATE') ?? file ?? './callspan.db';
}

/** A key in the environment switches its vendor on. */
function environmentSources(env: Environment): SourceConfig[] {
  return profiles().flatMap((profile): SourceConfig[] => {
    const { name, keyVariable, baseUrlVariable, hosts } = profile;
    const apiKey = env.secret(keyVariable);
    if (apiKey === undefined) return [];
    const baseUrl = env.text(baseUrlVariable);
    return [
      {
        name,
        provider: name,
        apiKey: checkKey(keyVariable, apiKey),
        baseUrl: baseUrl === undefined ? hosts.global : checkBaseUrl(baseUrlVariable, baseUrl),
        content: contentMode(env),
        systemPrompt: env.flag('CALLSPAN_INCLUDE_SYSTEM_PROMPT', false),
        resource: resourceAttributes(env),
        destination: otlpDestination(env),
        settle: settleTime(env, profile),
        agents: [],
        concurrency: CONCURRENCY,
        ...environmentWebhook(env, profile),
      },
    ];
  });
}

function fileSource(env: Environment, file: SettingsFile, source: FileSource, apiKey: string): SourceConfig {
  const { name, provider, region = 'global', base_url: baseUrl } = source;
  const profile = profileOf(provider);
  const host = profile?.hosts[region];
  if (profile === undefined || host === undefined) throw new TypeError('The file is not as it was read');
  return {
    name,
    provider,
    apiKey: checkKey(`The source ${name}`, apiKey),
    baseUrl: baseUrl === undefined ? host : checkBaseUrl(`${name}.base_url`, baseUrl),
    // What the source says of itself is nearer than what the environment says of all.
    content: source.content ?? contentMode(env, file.content),
    systemPrompt:
      source.include_system_prompt ??
      env.flag('CALLSPAN_INCLUDE_SYSTEM_PROMPT', file.include_system_prompt ?? false),
    resource: { ...resourceAttributes(env), ...file.resource, ...source.resource },
    destination: fileDestination(env, [file.otlp, source.otlp], name),
    settle: source.settle ?? settleTime(env, profile, file.settle),
    agents: source.agents ?? [],
    concurrency: source.concurrency ?? CONCURRENCY,
    ...fileWebhook(source, profile),
    ...(source.requests_per_second === undefined ? {} : { requestsPerSecond: source.requests_per_second }),
  };
}

/** Milliseconds; none where nothing comes late. */
function settleTime(env: Environment, { settle }: Profile, file?: number): number {
  return settle === undefined ? (file ?? 0) : env.duration(settle.variable, file ?? settle.fallback);
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

/** What of a source's settings a translation depends on. */
export function traceSettings(config: SourceConfig): TraceSettings {
  return {
    source: config.name,
    content: config.content,
    systemPrompt: config.systemPrompt,
    resource: config.resource,
    secrets: [
      ...[config.apiKey, ...Object.values(config.destination.headers)],
      ...(config.webhook?.secrets ?? []),
    ].filter((secret) => secret.length >= 8),
    ...(config.destination.encoding === undefined ? {} : { encoding: config.destination.encoding }),
  };
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
