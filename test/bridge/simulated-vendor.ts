import { ErrorBodies } from '../../sandbox/elevenlabs/error.ts';
import { ConversationList as ElevenLabsList, type ListOptions } from '../../sandbox/elevenlabs/list.ts';
import type { CallBook, Provider } from '../../sandbox/index.ts';
import { payloadOf, retellRow, tavusRow } from '../../sandbox/index.ts';
import { CallList as RetellList } from '../../sandbox/retell/list.ts';
import { type ListOrder, ConversationList as TavusList } from '../../sandbox/tavus/list.ts';
import { CallList as VapiList } from '../../sandbox/vapi/list.ts';
import { listReply as vapiReply } from '../../sandbox/vapi/server.ts';
import type { GetOptions, HttpAnswer, HttpClient } from '../../src/http/client.ts';
import { HttpStatusError } from '../../src/http/errors.ts';
import type { VirtualClock } from './virtual-clock.ts';

export interface VendorOptions {
  readonly book: CallBook;
  readonly provider: Provider;
  readonly clock: VirtualClock;
  /** Of Tavus and Vapi. */
  readonly order?: ListOrder;
  readonly pageCap?: number;
  /** Of ElevenLabs. */
  readonly list?: ListOptions;
  /** How long one answer takes, in milliseconds. `id`: of the conversation that is asked for. */
  readonly latency?: (id: string) => number;
  /** What a request fails with, if it does. `id`: of the conversation that is asked for. */
  readonly fail?: (route: 'list' | 'get', id: string) => Error | undefined;
  /** What becomes of a page of the list on its way. */
  readonly listed?: (page: unknown) => unknown;
  /** How far the vendor's `Date` is off the true time now, in milliseconds. */
  readonly dateSkew?: () => number;
}

const LISTS = /(?:\/conversations|^\/call)$/;
const NO_REQUEST = { method: 'GET', path: '', url: '', route: 'list', headers: {}, body: Buffer.alloc(0) };

/**
 * A simulated vendor without a network: what the sandbox's servers would answer, on virtual time. The bridge's own
 * sources ask it; only the HTTP between them is left out.
 */
export class SimulatedVendor implements HttpClient {
  readonly requests = { list: 0, get: 0 };
  /** When the list was answered for the first time, in true time. */
  firstAnswer: number | undefined;
  skewMs: number | undefined;
  readonly #options: VendorOptions;
  readonly #elevenLabs: ElevenLabsList;
  readonly #tavus: TavusList;
  readonly #retell: RetellList;
  readonly #vapi: VapiList;

  constructor(options: VendorOptions) {
    this.#options = options;
    const list = { ...options.list, ...(options.pageCap === undefined ? {} : { pageCap: options.pageCap }) };
    this.#elevenLabs = new ElevenLabsList(options.book, list);
    this.#tavus = new TavusList(options.book, options.order ?? 'newest');
    this.#retell = new RetellList(options.book);
    this.#vapi = new VapiList(options.book, options.order ?? 'newest');
  }

  async getJson(target: string | URL, { query = {}, signal, question }: GetOptions = {}): Promise<unknown> {
    const { clock, fail, dateSkew, latency } = this.#options;
    const path = String(target);
    const route = LISTS.test(path) || question !== undefined ? 'list' : 'get';
    this.requests[route]++;
    const id = route === 'list' ? '' : decodeURIComponent(path.slice(path.lastIndexOf('/') + 1));
    await clock.sleep(latency?.(id) ?? 50, signal);
    const at = clock.trueNow();
    const failure = fail?.(route, id);
    if (failure) throw failure;
    if (route === 'list') this.firstAnswer ??= at;
    this.skewMs = Math.floor((at + (dateSkew?.() ?? 0)) / 1000) * 1000 - clock.now();
    const params = new URLSearchParams();
    for (const [key, value] of Object.entries(query)) {
      for (const one of Array.isArray(value) ? value : [value]) {
        if (one !== undefined) params.append(key, String(one));
      }
    }
    if (route === 'list') {
      const page = this.#listed(params, question, at);
      return this.#options.listed?.(page) ?? page;
    }
    return this.#conversation(id, path, at);
  }

  #listed(query: URLSearchParams, question: GetOptions['question'], at: number): unknown {
    if (question !== undefined) return this.#retellPage(question, at);
    if (this.#options.provider === 'vapi') return this.#vapiPage(query, at);
    return this.#options.provider === 'tavus' ? this.#tavusPage(query, at) : this.#page(query, at);
  }

  #vapiPage(query: URLSearchParams, at: number): unknown {
    const { status, json } = vapiReply(this.#vapi, { ...NO_REQUEST, query, at });
    if (status !== 200) throw new Error(`The simulated Vapi was asked wrongly: ${JSON.stringify(json)}`);
    return json;
  }

  #retellPage(question: NonNullable<GetOptions['question']>, at: number): unknown {
    const limit = Math.min(Number(question.limit), this.#options.pageCap ?? 1000);
    const { calls, hasMore, key } = this.#retell.page({ ...question, limit }, at);
    return {
      items: calls.map((call) => retellRow(call, Math.floor(at * 1000))),
      has_more: hasMore,
      ...(key === undefined ? {} : { pagination_key: key }),
    };
  }

  #page(query: URLSearchParams, at: number): unknown {
    const request = { ...NO_REQUEST, query, at };
    const { status, json } = this.#elevenLabs.answer(request, new ErrorBodies('modern', 'r'));
    if (status === 200) return json;
    const { detail } = json as { detail: { code: string; message: string } };
    throw new HttpStatusError('GET /v1/convai/conversations', status, {
      code: detail.code,
      words: detail.message,
    });
  }

  #tavusPage(query: URLSearchParams, at: number): unknown {
    const size = Math.min(Number(query.get('limit')), this.#options.pageCap ?? 100);
    const status = query.get('status') === 'active' ? 'active' : null;
    const { items, total } = this.#tavus.page((Number(query.get('page')) - 1) * size, size, status, at);
    const data = items.flatMap((item) =>
      item.kind === 'call' && item.call.provider === 'tavus' ? [tavusRow(item.call, at * 1000)] : [],
    );
    return { data, total_count: total };
  }

  #conversation(id: string, path: string, at: number): unknown {
    const call = this.#options.book.call(id);
    if (call === undefined || call.fate === 'gone') {
      throw new HttpStatusError(`GET ${path}`, 404, { words: 'unknown' });
    }
    return payloadOf(call, Math.floor(at * 1000));
  }

  get(): Promise<HttpAnswer> {
    throw new Error('Only JSON is asked for');
  }

  async close(): Promise<void> {}
}
