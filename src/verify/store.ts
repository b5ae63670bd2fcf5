import type { HttpClient } from '../http/client.ts';
import { HttpError, HttpStatusError } from '../http/errors.ts';
import { isJsonObject } from '../http/json.ts';
import { createHttpClient } from '../http/undici-client.ts';
import { asObject, type Json, objects, text } from '../json/reading.ts';

/** A trace store that can be asked which spans of a trace it has. */
export interface TraceStore {
  /**
   * Makes sure that this is a store of its kind: to believe a stranger who knows of no trace would be to send
   * everything again. @throws StoreError
   */
  probe(signal: AbortSignal): Promise<void>;
  /**
   * @returns span ids as 16 hex digits, and how often it shows each; none where it does not know the trace.
   * @throws HttpError, or StoreError where it answers what no such store does.
   */
  spans(traceId: string, signal: AbortSignal): Promise<Map<string, number>>;
  close(): Promise<void>;
}

export const STORES = ['jaeger', 'tempo'] as const;
export type StoreKind = (typeof STORES)[number];

/** What answers is no store of the kind, or does not show all that it has. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
}

export interface StoreOptions {
  /** Where its query API is: Jaeger's UI (`http://localhost:16686`) or Tempo (`http://localhost:3200`). */
  readonly url: string;
  /** Sent with every request. Values are secrets: never log them. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Broken connections and 5xx are tried again, but not for long: somebody waits for the command. */
const TRIES = 3;

/** @throws TypeError where `url` is none, or a header cannot be sent. */
export function createStore(kind: StoreKind, { url, headers = {} }: StoreOptions): TraceStore {
  const client = createHttpClient({ baseUrl: url, headers, tries: TRIES });
  const { probe, spans } = kind === 'jaeger' ? jaeger(client) : tempo(client);
  return {
    async probe(signal) {
      try {
        if (await probe(signal)) return;
      } catch (error) {
        if (!(error instanceof HttpError)) throw error;
        throw new StoreError(`This is no ${NAMES[kind]}, or not its query API: ${error.message}.`);
      }
      throw new StoreError(
        `This is no ${NAMES[kind]}, or not its query API: it answers like something else.`,
      );
    },
    spans,
    close: () => client.close(),
  };
}

const NAMES: Readonly<Record<StoreKind, string>> = { jaeger: 'Jaeger', tempo: 'Tempo' };

interface Api {
  readonly probe: (signal: AbortSignal) => Promise<boolean>;
  readonly spans: TraceStore['spans'];
}

/** `GET /api/services`, which has a list or null in `data`; and `GET /api/traces/{id}`. */
function jaeger(client: HttpClient): Api {
  return {
    async probe(signal) {
      const body = asObject(await client.getJson('/api/services', { signal }));
      return (Array.isArray(body.data) || body.data === null) && typeof body.total === 'number';
    },
    async spans(traceId, signal) {
      const body = await getOrNothing(client, `/api/traces/${traceId}`, signal);
      if (body === undefined) return new Map();
      const errors = objects(body.errors);
      if (errors.some(({ code }) => code === 404) && !hasItems(body.data)) return new Map();
      if (!Array.isArray(body.data) || errors.length > 0) throw strange(traceId);
      return counted(
        objects(body.data).flatMap((trace) =>
          objects(trace.spans).flatMap((span) => hexId(text(span.spanID)) ?? []),
        ),
      );
    },
  };
}

/**
 * `GET /api/echo`; and `GET /api/v2/traces/{id}`, without a time range: Tempo looks for old traces in the blocks of
 * that range only. Ids come as protobuf writes bytes in JSON, that is in base64.
 */
function tempo(client: HttpClient): Api {
  return {
    async probe(signal) {
      const { body } = await client.get('/api/echo', { signal });
      return body.toString().trim() === 'echo';
    },
    async spans(traceId, signal) {
      const body = await getOrNothing(client, `/api/v2/traces/${traceId}`, signal);
      if (body === undefined) return new Map();
      if (Object.keys(body).some((key) => !TEMPO_KEYS.includes(key))) throw strange(traceId);
      // Of a trace that is too large it shows what fits.
      if (body.status === 'PARTIAL' || body.status === 1) {
        throw new StoreError(
          `The store shows only a part of the trace ${traceId}: nobody can say what it has.`,
        );
      }
      const { resourceSpans, batches } = asObject(body.trace ?? body);
      const spans = objects(resourceSpans ?? batches).flatMap((resource) =>
        objects(resource.scopeSpans).flatMap((scope) => objects(scope.spans)),
      );
      return counted(spans.flatMap((span) => hexId(text(span.spanId)) ?? []));
    },
  };
}

const TEMPO_KEYS = ['trace', 'metrics', 'status', 'message', 'resourceSpans', 'batches'];

function hasItems(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0;
}

function strange(traceId: string): StoreError {
  return new StoreError(`The store answers for the trace ${traceId} what no such store does.`);
}

function counted(ids: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}

function hexId(id: string | undefined): string | undefined {
  if (id === undefined) return undefined;
  // Jaeger leaves zeros at the beginning out.
  if (/^[0-9a-f]{1,16}$/i.test(id) && !id.endsWith('=')) return id.toLowerCase().padStart(16, '0');
  const bytes = Buffer.from(id, 'base64');
  return bytes.length === 8 ? bytes.toString('hex') : undefined;
}

async function getOrNothing(
  client: HttpClient,
  path: string,
  signal: AbortSignal,
): Promise<Json | undefined> {
  try {
    const body = await client.getJson(path, { signal });
    if (!isJsonObject(body))
      throw new StoreError(`The store answers to GET ${path} what no such store does.`);
    return body;
  } catch (error) {
    if (error instanceof HttpStatusError && error.status === 404) return undefined;
    throw error;
  }
}
