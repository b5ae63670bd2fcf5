import { createHttpClient, type HttpClient } from '../http/client.ts';
import { HttpStatusError } from '../http/errors.ts';
import { asObject, type Json, objects, text } from '../json/reading.ts';

/** A trace store that can be asked which spans of a trace it has. */
export interface TraceStore {
  /** @returns span ids as 16 hex digits; none where the store does not know the trace. @throws HttpError */
  spanIds(traceId: string, signal: AbortSignal): Promise<Set<string>>;
  close(): Promise<void>;
}

export const STORES = ['jaeger', 'tempo'] as const;
export type StoreKind = (typeof STORES)[number];

/**
 * @param url where its query API is: Jaeger's UI (`http://localhost:16686`) or Tempo (`http://localhost:3200`).
 * @throws TypeError where `url` is none.
 */
export function createStore(kind: StoreKind, url: string): TraceStore {
  const client = createHttpClient({ baseUrl: url });
  return { ...(kind === 'jaeger' ? jaeger(client) : tempo(client)), close: () => client.close() };
}

/** `GET /api/traces/{id}`. */
function jaeger(client: HttpClient): Pick<TraceStore, 'spanIds'> {
  return {
    async spanIds(traceId, signal) {
      const body = await getOrNothing(client, `/api/traces/${traceId}`, signal);
      return new Set(
        objects(body.data).flatMap((trace) =>
          objects(trace.spans).flatMap((span) => text(span.spanID) ?? []),
        ),
      );
    },
  };
}

/**
 * `GET /api/v2/traces/{id}`, without a time range: Tempo looks for old traces in the blocks of that range only. Ids
 * come as protobuf writes bytes in JSON, that is in base64.
 */
function tempo(client: HttpClient): Pick<TraceStore, 'spanIds'> {
  return {
    async spanIds(traceId, signal) {
      const body = await getOrNothing(client, `/api/v2/traces/${traceId}`, signal);
      const { resourceSpans, batches } = asObject(body.trace ?? body);
      const spans = objects(resourceSpans ?? batches).flatMap((resource) =>
        objects(resource.scopeSpans).flatMap((scope) => objects(scope.spans)),
      );
      return new Set(spans.flatMap((span) => hexId(text(span.spanId)) ?? []));
    },
  };
}

function hexId(id: string | undefined): string | undefined {
  if (id === undefined || /^[0-9a-f]{16}$/i.test(id)) return id?.toLowerCase();
  const bytes = Buffer.from(id, 'base64');
  return bytes.length === 8 ? bytes.toString('hex') : undefined;
}

async function getOrNothing(client: HttpClient, path: string, signal: AbortSignal): Promise<Json> {
  try {
    return asObject(await client.getJson(path, { signal }));
  } catch (error) {
    if (error instanceof HttpStatusError && error.status === 404) return {};
    throw error;
  }
}
