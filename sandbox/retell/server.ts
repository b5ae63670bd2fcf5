/** The simulated Retell API: the list of calls, which is asked by a POST, and each of them. */
import { CallBook } from '../book.ts';
import type { Json } from '../fields.ts';
import type { Reply, SeenRequest } from '../http/request.ts';
import { type SandboxServer, type ServerOptions, startServer } from '../http/server.ts';
import { callJson, rowJson } from './call.ts';
import { BadQuestion, CallList } from './list.ts';

export interface RetellOptions extends ServerOptions {
  readonly book?: CallBook;
  /** The key that is let in; `test-key` where it is left out. */
  readonly apiKey?: string;
  /** Most rows that a page has, whatever was asked for; 1000 where it is left out. */
  readonly pageCap?: number;
}

export interface RetellServer extends SandboxServer {
  readonly book: CallBook;
}

const LIST = '/v3/list-calls';
const GET = '/v2/get-call/';

/** Starts the API on loopback. Its requests are named `list`, `get` and `unknown`. */
export async function startRetell(options: RetellOptions = {}): Promise<RetellServer> {
  const book = options.book ?? new CallBook();
  const list = new CallList(book);
  const authorization = `Bearer ${options.apiKey ?? 'test-key'}`;

  const handle = (request: SeenRequest): Reply => {
    if (request.headers.authorization !== authorization) return error(401, 'API key is missing or invalid.');
    if (request.route === 'list') return page(request);
    if (request.route === 'get') return call(request);
    return error(404, 'Not Found');
  };

  const page = ({ body, at }: SeenRequest): Reply => {
    const question = parsed(body);
    if (question === undefined) return error(400, 'The body is not JSON.');
    try {
      const { calls, hasMore, key } = list.page(capped(question, options.pageCap), at);
      const items = calls.map((one) => rowJson(one, Math.floor(at * 1000)));
      return {
        status: 200,
        json: { items, has_more: hasMore, ...(key === undefined ? {} : { pagination_key: key }) },
      };
    } catch (problem) {
      if (problem instanceof BadQuestion) return error(400, problem.message);
      throw problem;
    }
  };

  const call = (request: SeenRequest): Reply => {
    const item = book.get(decodeURIComponent(request.path.slice(GET.length)));
    const at = Math.floor(request.at * 1000);
    const isThere = item?.kind === 'call' && item.call.start <= at && item.call.fate !== 'gone';
    if (!isThere || item.call.provider !== 'retell') {
      return error(422, 'Cannot find requested asset under given api key.');
    }
    return { status: 200, json: callJson(item.call, at) };
  };

  const server = await startServer({ route: routeOf, handle }, options);
  return { ...server, book };
}

function error(status: number, message: string): Reply {
  return { status, json: { status: 'error', message } };
}

/** As many rows as were asked for, but no more than the cap. */
function capped(question: Json, cap: number | undefined): Json {
  return cap === undefined ? question : { ...question, limit: Math.min(cap, Number(question.limit ?? cap)) };
}

function parsed(body: Buffer): Json | undefined {
  try {
    const json: unknown = JSON.parse(body.toString());
    return typeof json === 'object' && json !== null ? (json as Json) : undefined;
  } catch (problem) {
    if (problem instanceof SyntaxError) return undefined;
    throw problem;
  }
}

function routeOf(method: string, path: string): string {
  if (method === 'POST' && path === LIST) return 'list';
  return method === 'GET' && /^\/v2\/get-call\/[^/]+$/.test(path) ? 'get' : 'unknown';
}
