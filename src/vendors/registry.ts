import type { KnownFields } from '../capture/capture.ts';
import type { SourceConfig } from '../config/config.ts';
import type { Provider } from '../conversation.ts';
import type { HttpClient, HttpClientOptions } from '../http/client.ts';
import { createHttpClient } from '../http/undici-client.ts';
import { asObject, type Json } from '../json/reading.ts';
import type { Clock } from '../time/clock.ts';
import type { TraceSettings } from '../trace/settings.ts';
import { ELEVENLABS_FIELDS } from './elevenlabs/known-fields.ts';
import { readElevenLabs } from './elevenlabs/payload.ts';
import { ElevenLabsSource } from './elevenlabs/source.ts';
import { translateElevenLabs } from './elevenlabs/translate.ts';
import { TAVUS_FIELDS } from './tavus/known-fields.ts';
import { readTavus } from './tavus/payload.ts';
import { TavusSource } from './tavus/source.ts';
import { translateTavus } from './tavus/translate.ts';
import type { Source, Translated } from './vendor.ts';

/** What a source needs from around it. */
interface SourceParts {
  readonly config: SourceConfig;
  readonly client: HttpClient;
  readonly clock: Clock;
  readonly settings: TraceSettings;
}

interface Vendor {
  /** The header that carries the API key. */
  readonly keyHeader: string;
  create(parts: SourceParts): Source;
  /** @returns undefined where there is nothing to export. */
  translate(body: Json, settings: TraceSettings): Translated | undefined;
  /** What of its payloads can be shown to anybody. */
  readonly fields: KnownFields;
  /** A field that this vendor's conversations have and the others' have not. */
  readonly mark: readonly string[];
}

/** Every vendor that callspan knows: a third one is a folder and a line here. */
const VENDORS: Record<Provider, Vendor> = {
  elevenlabs: {
    keyHeader: 'xi-api-key',
    create: ({ config: { name, agents }, ...parts }) => new ElevenLabsSource({ name, agents, ...parts }),
    translate(body, settings) {
      const payload = readElevenLabs(body);
      return translateElevenLabs(payload, payload.id ?? 'unknown', settings);
    },
    fields: ELEVENLABS_FIELDS,
    mark: ['transcript', 'otlp_traces', 'metadata'],
  },
  tavus: {
    keyHeader: 'x-api-key',
    create: ({ config: { name, agents, settle }, ...parts }) =>
      new TavusSource({ name, agents, settle, ...parts }),
    translate(body, settings) {
      const payload = readTavus(body);
      return translateTavus(payload, payload.id ?? 'unknown', settings);
    },
    fields: TAVUS_FIELDS,
    mark: ['events', 'replica_id', 'face_id', 'conversation_name'],
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

/** Whose payload this is; undefined where it is nobody's. */
export function providerOf(body: unknown): Provider | undefined {
  const fields = asObject(body);
  const providers = Object.keys(VENDORS) as Provider[];
  return providers.find((provider) => VENDORS[provider].mark.some((field) => field in fields));
}

/** A payload as what the bridge would send, however it was come by. @returns undefined where it would send nothing. */
export function translatePayload(
  provider: Provider,
  body: unknown,
  settings: TraceSettings,
): Translated | undefined {
  return VENDORS[provider].translate(asObject(body), settings);
}

/** What of a vendor's payloads can be shown to anybody. */
export function knownFields(provider: Provider): KnownFields {
  return VENDORS[provider].fields;
}

/** What of a source's settings a translation depends on. */
export function traceSettings(config: SourceConfig): TraceSettings {
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
