/** The simulated ElevenLabs API: the list of conversations, and each of them. */
import { CallBook } from '../book.ts';
import type { Json } from '../fields.ts';
import type { Reply, SeenRequest } from '../http/request.ts';
import { type SandboxServer, type ServerOptions, startServer } from '../http/server.ts';
import type { BookItem } from '../shelf.ts';
import { conversationJson } from './conversation.ts';
import { ErrorBodies, type ErrorStyle } from './error.ts';
import { ConversationList, type ListOptions } from './list.ts';
import type { SpanIds } from './otlp.ts';

export interface ElevenLabsOptions extends ServerOptions, ListOptions {
  readonly book?: CallBook;
  /** The key that is let in; `test-key` where it is left out. */
  readonly apiKey?: string;
  /** A key that exists but may not read conversations. */
  readonly powerlessKey?: string;
  /** Error bodies of today, or of before. The vendor has both. */
  readonly errors?: ErrorStyle;
  /** What the vendor calls a conversation that it does not know. */
  readonly notFound?: 'conversation_not_found' | 'document_not_found';
  /** Span ids that a test can foresee; new random ones at every export where it is left out. */
  readonly spanIds?: SpanIds;
  /** The workspace's webhooks, which a key that may is told of. */
  readonly webhooks?: () => readonly Json[];
}

export interface ElevenLabsServer extends SandboxServer {
  readonly book: CallBook;
}

const LIST = '/v1/convai/conversations';
const WEBHOOKS = '/v1/workspace/webhooks';

/** Starts the API on loopback. Its requests are named `list`, `get`, `webhooks` and `unknown`. */
export async function startElevenLabs(options: ElevenLabsOptions = {}): Promise<ElevenLabsServer> {
  const book = options.book ?? new CallBook();
  const list = new ConversationList(book, options);
  const apiKey = options.apiKey ?? 'test-key';
  let served = 0;

  const handle = (request: SeenRequest): Reply => {
    served += 1;
    const requestId = served.toString(16).padStart(32, '0');
    const errors = new ErrorBodies(options.errors ?? 'modern', requestId);
    const reply = answer(request, errors);
    return { ...reply, headers: { 'request-id': requestId, ...reply.headers } };
  };

  const answer = (request: SeenRequest, errors: ErrorBodies): Reply => {
    const key = request.headers['xi-api-key'];
    if (key === undefined || key === '') return errors.missingKey();
    if (key === options.powerlessKey) return errors.missingPermission();
    if (key !== apiKey) return errors.invalidKey();
    if (request.route === 'list') return list.answer(request, errors);
    if (request.route === 'get') return conversation(request, errors);
    if (request.route === 'webhooks') return { status: 200, json: { webhooks: options.webhooks?.() ?? [] } };
    return { status: 404, json: { detail: 'Not Found' } };
  };

  const conversation = (request: SeenRequest, errors: ErrorBodies): Reply => {
    const format = request.query.get('format') ?? 'json';
    if (format !== 'json' && format !== 'opentelemetry') {
      return errors.invalidParameter('format', "Input should be 'json' or 'opentelemetry'", 'enum');
    }
    const item = book.get(decodeURIComponent(request.path.slice(LIST.length + 1)));
    if (item === undefined || !isThere(item, request.at)) {
      return errors.notFound(options.notFound ?? 'conversation_not_found');
    }
    if (item.kind === 'published') return { status: 200, json: item.call.body };
    if (item.call.provider !== 'elevenlabs')
      return errors.notFound(options.notFound ?? 'conversation_not_found');
    const at = Math.floor(request.at * 1000);
    const spanIds = options.spanIds === undefined ? {} : { spanIds: options.spanIds };
    return { status: 200, json: conversationJson(item.call, { at, format, ...spanIds }) };
  };

  const server = await startServer({ route: routeOf, handle }, options);
  return { ...server, book };
}

/** A conversation that has not begun is unknown, and so is one that was deleted before anybody fetched it. */
function isThere(item: BookItem, now: number): boolean {
  if (item.kind === 'published') return item.call.startAt <= now;
  return item.call.start <= now * 1000 && item.call.fate !== 'gone';
}

function routeOf(method: string, path: string): string {
  if (method !== 'GET') return 'unknown';
  if (path === LIST) return 'list';
  if (path === WEBHOOKS) return 'webhooks';
  return /^\/v1\/convai\/conversations\/[^/]+$/.test(path) ? 'get' : 'unknown';
}
