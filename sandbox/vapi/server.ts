/** The simulated Vapi API: the list of calls, which are whole, and each of them. */
import { CallBook } from '../book.ts';
import type { Json } from '../fields.ts';
import type { Reply, SeenRequest } from '../http/request.ts';
import { type SandboxServer, type ServerOptions, startServer } from '../http/server.ts';
import { CallList, type Filter, type ListOrder, type Window } from './list.ts';
import { recordJson } from './record.ts';

export interface VapiOptions extends ServerOptions {
  readonly book?: CallBook;
  /** The key that is let in; `test-key` where it is left out. */
  readonly apiKey?: string;
  /** The order of the list, which the documentation does not promise; `newest` where it is left out. */
  readonly order?: ListOrder;
  /** Whether the list leaves out of its records what takes space; nobody has seen it do so. */
  readonly omitsArtifacts?: boolean;
}

export interface VapiServer extends SandboxServer {
  readonly book: CallBook;
}

const LIST = '/call';
const DEFAULT_LIMIT = 100;
const LARGEST_LIMIT = 1_000;

/** Starts the API on loopback. Its requests are named `list`, `get` and `unknown`. */
export async function startVapi(options: VapiOptions = {}): Promise<VapiServer> {
  const book = options.book ?? new CallBook();
  const list = new CallList(book, options.order ?? 'newest');
  const apiKey = options.apiKey ?? 'test-key';

  const handle = (request: SeenRequest): Reply => {
    if (request.headers.authorization !== `Bearer ${apiKey}`) return invalidKey();
    if (request.route === 'list') return listReply(list, request, options.omitsArtifacts ?? false);
    return request.route === 'get' ? recordReply(book, request) : notFound(`Cannot GET ${request.path}`);
  };

  const server = await startServer({ route: routeOf, handle }, options);
  return { ...server, book };
}

/** What the list answers. Parameters that it does not know it does not see. */
export function listReply(list: CallList, { query, at }: SeenRequest, omits = false): Reply {
  const problems: string[] = [];
  const limit = query.has('limit') ? Number(query.get('limit')) : DEFAULT_LIMIT;
  if (!Number.isInteger(limit) || limit < 0) problems.push('limit must not be less than 0');
  if (limit > LARGEST_LIMIT) problems.push(`limit must not be greater than ${LARGEST_LIMIT}`);
  const moment = (name: string): number | undefined => {
    const text = query.get(name);
    if (text === null) return undefined;
    const millis = /^\d{4}-\d{2}-\d{2}T/.test(text) ? Date.parse(text) : Number.NaN;
    if (Number.isNaN(millis)) problems.push(`${name} must be a valid ISO 8601 date string`);
    return millis;
  };
  const window = (field: string): Window =>
    Object.fromEntries(
      (['ge', 'gt', 'le', 'lt'] as const).flatMap((bound) => {
        const at = moment(`${field}${bound.charAt(0).toUpperCase()}${bound.charAt(1)}`);
        return at === undefined ? [] : [[bound, at]];
      }),
    );
  const assistantId = query.get('assistantId');
  const id = query.get('id');
  const filter: Filter = {
    created: window('createdAt'),
    updated: window('updatedAt'),
    ...(assistantId === null ? {} : { assistantId }),
    ...(id === null ? {} : { id }),
  };
  if (problems.length > 0) return { status: 400, json: nest(400, problems, 'Bad Request') };
  const now = Math.floor(at * 1000);
  const rows = list.page(filter, limit, at).map((call) => recordJson(call, now, at));
  return { status: 200, json: omits ? rows.map(bare) : rows };
}

function recordReply(book: CallBook, { path, at }: SeenRequest): Reply {
  const item = book.get(decodeURIComponent(path.slice(LIST.length + 1)));
  const now = Math.floor(at * 1000);
  const call = item?.kind === 'call' && item.call.provider === 'vapi' ? item.call : undefined;
  const isThere = call !== undefined && call.start <= now && !(call.fate === 'gone' && now >= call.end);
  return isThere
    ? { status: 200, json: recordJson(call, now, at) }
    : notFound('Call Not Found. Check that the ID belongs to this organization.');
}

function bare({ messages: _, artifact: __, ...row }: Json): Json {
  return row;
}

function invalidKey(): Reply {
  const words =
    'Invalid Key. Hot tip, you may be using the private key instead of the public key, or vice versa.';
  return { status: 401, json: nest(401, words, 'Unauthorized') };
}

function notFound(words: string): Reply {
  return { status: 404, json: nest(404, words, 'Not Found') };
}

/** The framework's own form: one sentence, or a list of them. */
function nest(statusCode: number, message: string | string[], error: string): Json {
  return { message, error, statusCode };
}

function routeOf(method: string, path: string): string {
  if (method !== 'GET') return 'unknown';
  if (path === LIST) return 'list';
  return /^\/call\/[^/]+$/.test(path) ? 'get' : 'unknown';
}
