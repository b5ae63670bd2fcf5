import type { SourceConfig } from '../config.ts';
import type { Provider } from '../conversation.ts';
import { createHttpClient, type HttpClient, type HttpClientOptions } from '../http/client.ts';
import type { Clock } from '../http/clock.ts';
import type { TraceSettings } from '../trace/settings.ts';
import { ElevenLabsSource } from './elevenlabs/source.ts';
import type { Source } from './source.ts';
import { TavusSource } from './tavus/source.ts';

/** What a source needs from around it. */
export interface SourceParts {
  readonly config: SourceConfig;
  readonly client: HttpClient;
  readonly clock: Clock;
  readonly settings: TraceSettings;
}

interface Vendor {
  /** The header that carries the API key. */
  readonly keyHeader: string;
  create(parts: SourceParts): Source;
}

/** Every vendor that callspan knows: a third one is a folder and a line here. */
const VENDORS: Record<Provider, Vendor> = {
  elevenlabs: {
    keyHeader: 'xi-api-key',
    create: ({ config: { name, agents }, ...parts }) => new ElevenLabsSource({ name, agents, ...parts }),
  },
  tavus: {
    keyHeader: 'x-api-key',
    create: ({ config: { name, agents, settle }, ...parts }) =>
      new TavusSource({ name, agents, settle, ...parts }),
  },
};

/** A configured source, ready to be asked. */
export function createSource(
  config: SourceConfig,
  clock: Clock,
  hooks: Pick<HttpClientOptions, 'onRetry' | 'onResponse' | 'onError'> = {},
): Source {
  const { provider, baseUrl, apiKey, concurrency, requestsPerSecond } = config;
  const vendor = VENDORS[provider];
  const client = createHttpClient({
    ...{ baseUrl, headers: { [vendor.keyHeader]: apiKey }, clock, ...hooks },
    // Listing must not wait for conversations, nor they for it.
    concurrency: concurrency + 1,
    ...(requestsPerSecond === undefined ? {} : { requestsPerSecond }),
  });
  return vendor.create({ config, client, clock, settings: traceSettings(config) });
}

function traceSettings(config: SourceConfig): TraceSettings {
  return {
    source: config.name,
    content: config.content,
    systemPrompt: config.systemPrompt,
    resource: config.resource,
    secrets: [config.apiKey, ...Object.values(config.destination.headers)].filter(
      (secret) => secret.length >= 8,
    ),
  };
}
