/** The simulated Tavus API: the list of conversations, and each of them with or without its event log. */
import { CallBook } from '../book.ts';
import type { Json } from '../fields.ts';
import type { Reply, SeenRequest } from '../http/request.ts';
import { type SandboxServer, type ServerOptions, startServer } from '../http/server.ts';
import { conversationJson, rowJson } from './conversation.ts';
import { ConversationList, type ListOrder } from './list.ts';

export interface TavusOptions extends ServerOptions {
  readonly book?: CallBook;
  /** The key that is let in; `test-key` where it is left out. */
  readonly apiKey?: string;
  /** The order of the list, which the documentation does not promise; `newest` where it is left out. */
  readonly order?: ListOrder;
  /** Most rows that a page has, whatever was asked for; 100 where it is left out. */
  readonly pageCap?: number;
  /** How an unknown conversation is answered: 400 as documented, or 404. */
  readonly unknown?: 400 | 404;
}

export interface TavusServer extends SandboxServer {
  readonly book: CallBook;
}

const LIST = '/v2/conversations';
const DEFAULT_LIMIT = 10;
const LARGEST_LIMIT = 100;

/** Starts the API on loopback. Its requests are named `list`, `get` and `unknown`. */
export async function startTavus(options: TavusOptions = {}): Promise<TavusServer> {
  const book = options.book ?? new CallBook();
  const list = new ConversationList(book, options.order ?? 'newest');
  const apiKey = options.apiKey ?? 'test-key';

  const handle = (request: SeenRequest): Reply => {
    if (request.headers['x-api-key'] !== apiKey)
      return { status: 401, json: { message: 'Invalid access token' } };
    if (request.route === 'list') return page(request);
    if (request.route === 'get') return conversation(request);
    return { status: 404, json: { message: 'Not Found' } };
  };

  const page = ({ query, at }: SeenRequest): Reply => {
    const limit = whole(query.get('limit') ?? String(DEFAULT_LIMIT));
    const number = whole(query.get('page') ?? '1');
    if (limit === undefined) return { status: 400, json: { error: 'Invalid limit' } };
    if (number === undefined) return { status: 400, json: { error: 'Invalid page' } };
    const status = query.get('status');
    if (status !== null && status !== 'active' && status !== 'ended') {
      return { status: 400, json: { error: 'Invalid status' } };
    }
    const size = Math.min(limit, options.pageCap ?? LARGEST_LIMIT);
    const found = list.page((number - 1) * size, size, status, at);
    const row = (item: (typeof found.items)[number]): Json => {
      if (item.kind === 'published') return item.call.row;
      if (item.call.provider !== 'tavus') throw new Error(`${item.call.id} stands on the wrong shelf`);
      return rowJson(item.call, Math.floor(at * 1000));
    };
    return { status: 200, json: { data: found.items.map(row), total_count: found.total } };
  };

  const conversation = (request: SeenRequest): Reply => {
    const item = book.get(decodeURIComponent(request.path.slice(LIST.length + 1)));
    const at = Math.floor(request.at * 1000);
    const verbose = request.query.get('verbose') === 'true';
    if (item?.kind === 'published' && item.call.provider === 'tavus' && item.call.startAt <= request.at) {
      return { status: 200, json: verbose ? item.call.body : item.call.row };
    }
    const isThere = item?.kind === 'call' && item.call.start <= at && item.call.fate !== 'gone';
    if (!isThere || item.call.provider !== 'tavus') {
      return options.unknown === 404
        ? { status: 404, json: { message: 'Conversation not found' } }
        : { status: 400, json: { error: 'Invalid conversation_id' } };
    }
    return { status: 200, json: conversationJson(item.call, at, verbose) };
  };

  const server = await startServer({ route: routeOf, handle }, options);
  return { ...server, book };
}

/** A whole number from 1 on; undefined for anything else. */
function whole(text: string): number | undefined {
  return /^\d+$/.test(text) && Number(text) >= 1 ? Number(text) : undefined;
}

function routeOf(method: string, path: string): string {
  if (method !== 'GET') return 'unknown';
  if (path === LIST) return 'list';
  return /^\/v2\/conversations\/[^/]+$/.test(path) ? 'get' : 'unknown';
}
