/** A trace store over what a sink has taken, with as much of Jaeger's query API as reading back needs. */
import type { Reply, SeenRequest } from '../http/request.ts';
import { type SandboxServer, type ServerOptions, startServer } from '../http/server.ts';
import type { Sink } from './sink.ts';

/** Starts it on loopback. Its requests are named `services`, `trace` and `unknown`. */
export async function startTraceStore(sink: Sink, options: ServerOptions = {}): Promise<SandboxServer> {
  const handle = (request: SeenRequest): Reply => {
    if (request.route === 'services')
      return { status: 200, json: { data: ['callspan'], total: 1, errors: null } };
    if (request.route !== 'trace') return { status: 404, text: '404 page not found' };
    const traceId = request.path.slice(request.path.lastIndexOf('/') + 1);
    const spans = sink.spans(traceId).map(({ spanId }) => ({ traceID: traceId, spanID: spanId }));
    return spans.length > 0
      ? { status: 200, json: { data: [{ traceID: traceId, spans }], total: 0, errors: null } }
      : { status: 404, json: { data: null, errors: [{ code: 404, msg: 'trace not found' }] } };
  };
  return await startServer({ route: routeOf, handle }, options);
}

function routeOf(method: string, path: string): string {
  if (method !== 'GET') return 'unknown';
  if (path === '/api/services') return 'services';
  return /^\/api\/traces\/[0-9a-f]{32}$/.test(path) ? 'trace' : 'unknown';
}
