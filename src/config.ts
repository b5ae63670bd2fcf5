import { Environment, wrong } from './config/environment.ts';
import { ConfigError } from './config/errors.ts';
import { otlpDestination } from './config/otlp.ts';
import { resourceAttributes } from './config/resource.ts';
import type { Attributes, Provider } from './conversation.ts';
import type { Destination } from './delivery/destination.ts';

export { ConfigError } from './config/errors.ts';

/** All that was decided outside the program, validated and frozen. Times are milliseconds. */
export interface Config {
  readonly sources: readonly SourceConfig[];
  /** The ledger's file. */
  readonly state: string;
  readonly pollInterval: number;
  /** How far back the first start looks, and how far back conversations are still found that appear late. */
  readonly lookback: number;
  readonly logLevel: LogLevel;
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
}

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** The vendors' public hosts. */
export const BASE_URL: Record<Provider, string> = {
  elevenlabs: 'https://api.elevenlabs.io',
  tavus: 'https://tavusapi.com',
};

const KEY_VARIABLE: Record<Provider, string> = { elevenlabs: 'ELEVENLABS_API_KEY', tavus: 'TAVUS_API_KEY' };
const BASE_URL_VARIABLE: Record<Provider, string> = {
  elevenlabs: 'ELEVENLABS_BASE_URL',
  tavus: 'TAVUS_BASE_URL',
};
const PROVIDERS: readonly Provider[] = ['elevenlabs', 'tavus'];

/**
 * Reads the settings.
 * @throws ConfigError naming the first setting that cannot be used, in one line.
 */
export function loadConfig(variables: NodeJS.ProcessEnv = process.env): Config {
  const env = new Environment(variables);
  const sources = PROVIDERS.flatMap((provider) => environmentSource(env, provider) ?? []);
  if (sources.length === 0) {
    throw new ConfigError('No source: set ELEVENLABS_API_KEY or TAVUS_API_KEY to the API key of an account.');
  }
  return freeze({
    sources,
    state: env.text('CALLSPAN_STATE') ?? './callspan.db',
    pollInterval: env.duration('CALLSPAN_POLL_INTERVAL', 30_000, { least: 100 }),
    lookback: env.duration('CALLSPAN_LOOKBACK', 86_400_000),
    logLevel: env.choice('CALLSPAN_LOG_LEVEL', LOG_LEVELS, 'info'),
  });
}

/** A key in the environment switches its vendor on. */
function environmentSource(env: Environment, provider: Provider): SourceConfig | undefined {
  const apiKey = env.text(KEY_VARIABLE[provider]);
  if (apiKey === undefined) return undefined;
  return {
    name: provider,
    provider,
    apiKey: checkKey(KEY_VARIABLE[provider], apiKey),
    baseUrl: checkBaseUrl(
      BASE_URL_VARIABLE[provider],
      env.text(BASE_URL_VARIABLE[provider]) ?? BASE_URL[provider],
    ),
    content: contentMode(env),
    systemPrompt: env.flag('CALLSPAN_INCLUDE_SYSTEM_PROMPT'),
    resource: resourceAttributes(env),
    destination: otlpDestination(env),
    settle: env.duration('CALLSPAN_TAVUS_SETTLE', 300_000),
  };
}

function checkKey(setting: string, key: string): string {
  if (/[^\x21-\x7e]/.test(key)) {
    throw new ConfigError(
      `${setting}: the key has characters that no HTTP header can carry; paste it again.`,
    );
  }
  return key;
}

function checkBaseUrl(setting: string, value: string): string {
  const allowed = 'expected an http:// or https:// URL without a query';
  let url: URL;
  try {
    url = new URL(value);
  } catch {
    throw wrong(setting, value, allowed);
  }
  const isWeb = url.protocol === 'http:' || url.protocol === 'https:';
  if (!isWeb || url.search !== '' || url.hash !== '' || url.username !== '')
    throw wrong(setting, value, allowed);
  return value.replace(/\/+$/, '');
}

/** callspan's own setting wins over that of the GenAI conventions, which has had two vocabularies. */
function contentMode(env: Environment): 'none' | 'full' {
  if (env.text('CALLSPAN_CONTENT') !== undefined)
    return env.choice('CALLSPAN_CONTENT', ['none', 'full'], 'none');
  const shared = 'OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT';
  const value = env.choice(
    shared,
    ['true', 'false', 'no_content', 'span_only', 'event_only', 'span_and_event'],
    'false',
  );
  // Events of the logs signal are not what callspan sends, so EVENT_ONLY asks for nothing here.
  return value === 'true' || value === 'span_only' || value === 'span_and_event' ? 'full' : 'none';
}

function freeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const member of Object.values(value)) freeze(member);
  }
  return value;
}
