import type { IncomingMessage, ServerResponse } from 'node:http';
import type { WebhookSettings, WebhookTrust } from '../config/webhook.ts';
import { crashPoint } from '../crash-point.ts';
import { NotJsonError, parseJson } from '../http/json.ts';
import type { Notice } from '../ledger/records.ts';
import { checkedId } from '../vendors/conversation-id.ts';
import { checkedMoment } from '../vendors/conversation-ref.ts';
import type { WebhookEvent, WebhookScheme } from '../vendors/webhook-scheme.ts';
import { isOneOf, trustedVerification } from '../vendors/webhook-signature.ts';
import { answer, answerUnread } from './webhook-answer.ts';
import { type BodyLimits, type Received, Room, receiveBody } from './webhook-body.ts';
import type { WebhookKeeper } from './webhook-keeper.ts';

/** A source whose webhooks are taken. */
export interface WebhookSource extends Pick<WebhookSettings, 'zeroRetention'> {
  readonly name: string;
  /** Its number in the ledger. */
  readonly id: number;
  readonly scheme: WebhookScheme;
  readonly trust: WebhookTrust;
  /** Only conversations of these agents; all where empty. */
  readonly agents: readonly string[];
  /** The vendor's clock, unix milliseconds: a signature's time is of that, and ours may be wrong. */
  now(): number;
}

/** What came of one call. Both are of low cardinality: attributes of a metric. */
export interface Heard {
  /** The vendor's kind of event; `recording`, `other` or `none` where it is not told which. */
  readonly type: string;
  readonly verdict:
    | 'kept'
    | 'duplicate'
    /** Verified, and nothing of it is of use here. */
    | 'ignored'
    | 'unreadable'
    /** Verified, and larger than what is kept. */
    | 'too large'
    /** So many hints wait that nobody has vouched for that another one is left out: the list will show it. */
    | 'dropped'
    /** The inbox could not take it. */
    | 'unavailable'
    | Exclude<Received['kind'], 'whole' | 'forgotten'>
    | 'method'
    | 'media type'
    /** Why a signature was not believed. */
    | `refused: ${string}`;
}

export interface WebhookReceiverOptions {
  readonly sources: readonly WebhookSource[];
  readonly keeper: WebhookKeeper;
  readonly limits: BodyLimits;
  readonly onHeard: (source: string, heard: Heard) => void;
  /** Something is in the inbox that was not before. */
  readonly onKept: (source: string) => void;
  /** The inbox cannot take anything, and why; undefined where it does again. */
  readonly onTrouble: (trouble: Error | undefined) => void;
}

/** Bodies of a declared length beyond this are nothing that a vendor sends. In bytes. */
const ABSURD = 512 * 1024 * 1024;
/** Unsigned hints that may wait: more of them are nobody's calls. */
const MOST_UNSIGNED = 10_000;

/**
 * Takes one call after the other: route, method and media type, size, body, signature, inbox, and only then 200. What
 * was verified is answered with 200 whatever it is, as long as the inbox can be written: a vendor that is answered
 * otherwise drops what it has, and after ten of those the webhook.
 */
export class WebhookReceiver {
  readonly #options: WebhookReceiverOptions;
  readonly #sources: ReadonlyMap<string, WebhookSource>;
  readonly #room: Room;

  constructor(options: WebhookReceiverOptions) {
    this.#options = options;
    this.#sources = new Map(options.sources.map((source) => [source.name, source]));
    this.#room = new Room(options.limits.together);
  }

  /** Never rejects. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const source = this.#route(request.url ?? '');
    if (source === undefined) {
      answerUnread(request, response, 404);
      return;
    }
    let heard: Heard;
    try {
      heard = await this.#hear(source, request, response);
    } catch (error) {
      // Nothing that is sent should get here; if it does, it must not stop the others.
      this.#options.onTrouble(error instanceof Error ? error : new Error(String(error)));
      answer(response, 503);
      heard = { type: 'none', verdict: 'unavailable' };
    }
    this.#options.onHeard(source.name, heard);
  }

  #route(url: string): WebhookSource | undefined {
    const [path = ''] = url.split('?', 1);
    const [, name = '', token] = /^\/webhooks\/([\w.-]{1,64})(?:\/([^/]{1,200}))?$/.exec(path) ?? [];
    const source = this.#sources.get(name);
    if (source === undefined || (token !== undefined) !== (source.trust.by === 'token')) return undefined;
    return token === undefined || isOneOf(token, source.trust.secrets) ? source : undefined;
  }

  async #hear(source: WebhookSource, request: IncomingMessage, response: ServerResponse): Promise<Heard> {
    const { scheme, trust } = source;
    const { headers, method } = request;
    const unread = (status: number, verdict: Heard['verdict']): Heard => {
      answerUnread(request, response, status);
      return { type: 'none', verdict };
    };
    if (method !== 'POST') return unread(405, 'method');
    if (!isJson(headers['content-type']) || (headers['content-encoding'] ?? 'identity') !== 'identity')
      return unread(415, 'media type');
    if (Number(headers['content-length'] ?? 0) > ABSURD) return unread(413, 'too large');
    const verification =
      trust.by === 'secret' && scheme.verify !== undefined
        ? scheme.verify(headers, trust.secrets, source.now())
        : trustedVerification();
    if (verification.refused !== undefined) return unread(401, `refused: ${verification.refused}`);
    const received = await receiveBody(request, verification, {
      ...{ room: this.#room, limits: this.#options.limits },
      isForgotten: scheme.isForgotten?.bind(scheme),
    });
    switch (received.kind) {
      case 'broken':
        response.destroy();
        return { type: 'none', verdict: 'broken' };
      case 'slow':
        return unread(408, 'slow');
      case 'crowded':
        return unread(429, 'crowded');
    }
    crashPoint('before-verify');
    const verdict = verification.verdict();
    if (!verdict.verified) {
      answer(response, 401);
      return { type: 'none', verdict: `refused: ${verdict.reason}` };
    }
    if (received.kind === 'whole') return await this.#keep(source, received, response);
    answer(response, 200);
    const { why } = received;
    return why === 'recording' ? { type: why, verdict: 'ignored' } : { type: 'none', verdict: why };
  }

  async #keep(
    source: WebhookSource,
    received: Extract<Received, { kind: 'whole' }>,
    response: ServerResponse,
  ): Promise<Heard> {
    const { keeper, onKept, onTrouble } = this.#options;
    const read = readNotice(source, received);
    let heard: Heard;
    if (read.notice === undefined) heard = { type: read.type, verdict: 'ignored' };
    else {
      try {
        if (source.trust.by === 'token' && (await keeper.waiting(source.id)) >= MOST_UNSIGNED) {
          heard = { type: read.type, verdict: 'dropped' };
        } else {
          const isNews = await keeper.keep(read.notice);
          crashPoint('after-inbox');
          const verdict = read.notice.conversation === undefined ? 'unreadable' : 'kept';
          heard = { type: read.type, verdict: isNews ? verdict : 'duplicate' };
          onTrouble(undefined);
        }
      } catch (error) {
        answer(response, 503);
        onTrouble(error instanceof Error ? error : new Error(String(error)));
        return { type: read.type, verdict: 'unavailable' };
      }
    }
    crashPoint('before-answer');
    response.on('finish', () => crashPoint('after-answer'));
    answer(response, 200);
    if (heard.verdict === 'kept') onKept(source.name);
    return heard;
  }
}

/** Vendors send JSON; who says nothing of what it sends is heard too. */
function isJson(type: string | undefined): boolean {
  return type === undefined || /^[\w.+-]+\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(type.trim());
}

/** What a verified body is to the inbox; without a notice it is nothing. */
function readNotice(
  source: WebhookSource,
  { body, digest }: { readonly body: Buffer; readonly digest: string },
): { readonly type: string; readonly notice?: Notice } {
  const none = { source: source.id, digest, final: false, terminal: false, at: undefined };
  let event: WebhookEvent | undefined;
  try {
    event = source.scheme.read(parseJson(body));
  } catch (error) {
    if (!(error instanceof NotJsonError)) throw error;
    // Unsigned, it is anybody's; signed, it is what the vendor has of a call, and somebody may want to see it.
    if (source.trust.by === 'token') return { type: 'other' };
    return { type: 'other', notice: { ...none, conversation: undefined, type: 'unreadable', payload: body } };
  }
  const conversation = checkedId(event?.id);
  if (event === undefined || conversation === undefined) return { type: 'other' };
  const { type, agent } = event;
  if (event.running || !isWanted(source, agent)) return { type };
  const hasPayload = event.holds === 'payload' && source.trust.by === 'secret';
  const keepsNothing =
    source.zeroRetention === true || (agent !== undefined && source.zeroRetention.includes(agent));
  return {
    type,
    notice: {
      ...{ source: source.id, conversation, type, digest, at: checkedMoment(event.at) },
      payload: hasPayload ? body : undefined,
      final: hasPayload && (event.final === true || keepsNothing),
      terminal: event.terminal === true,
    },
  };
}

/** An event that does not say whose it is may be anybody's: whether it is wanted shows when the list has it. */
function isWanted({ agents }: WebhookSource, agent: string | undefined): boolean {
  return agents.length === 0 || agent === undefined || agents.includes(agent);
}
