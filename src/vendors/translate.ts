import type { Provider } from '../conversation.ts';
import type { TraceSettings } from '../trace/settings.ts';
import { loadVendor, profileOf, profiles, providerOf } from './registry.ts';
import type { Fetched } from './vendor.ts';

export interface TranslateOptions extends Partial<TraceSettings> {
  /** Whose payload it is. @default recognised by its fields */
  readonly provider?: Provider;
  /** The conversation's id. @default the payload's own */
  readonly id?: string;
  /** How long after a conversation's end what comes late is waited for, in milliseconds. @default the vendor's */
  readonly settle?: number;
  /** Unix milliseconds: what is still waited for then is pending. @default now */
  readonly now?: number;
}

/** A body that is no vendor's conversation. */
export class UnknownPayloadError extends Error {
  override readonly name = 'UnknownPayloadError';

  constructor(body: unknown) {
    const vendors = profiles().map(({ title }) => title);
    const isUnread = typeof body === 'string' || body instanceof Uint8Array;
    super(
      `This is no conversation of ${vendors.join(' or ')}; expected what their API answers for one, or what a webhook brings${isUnread ? ': hand over JSON.parse(body), not the text' : ''}`,
    );
  }
}

/**
 * A vendor's payload as what the bridge would send of it: the answer of the API for one conversation, or what a
 * webhook brings. The same payload and options always give the same bytes.
 *
 * @returns `ready` with the spans; `pending` where the conversation has not ended or something of it is still to
 * come; `empty` where there is nothing to send.
 * @throws UnknownPayloadError where no vendor is named and none recognised, or `body` is no object.
 *
 * @example
 * const fetched = await translate(JSON.parse(body));
 * if (fetched.kind === 'ready') console.log(toOtlp(fetched.translated.batch));
 */
export async function translate(body: unknown, options: TranslateOptions = {}): Promise<Fetched> {
  const { provider = providerOf(body), id, now = Date.now() } = options;
  if (provider === undefined) throw new UnknownPayloadError(body);
  // Whoever names the vendor of a text would be told for ever that the conversation is not over.
  if (profileOf(provider) !== undefined && !isObject(body)) throw new UnknownPayloadError(body);
  const vendor = await loadVendor(provider);
  const settings: TraceSettings = {
    source: options.source ?? provider,
    content: options.content ?? 'none',
    systemPrompt: options.systemPrompt ?? false,
    resource: options.resource ?? {},
    secrets: options.secrets ?? [],
    encoding: options.encoding ?? 'json',
  };
  const settle = options.settle ?? profileOf(provider)?.settle?.fallback ?? 0;
  return vendor.read(body, { settings, settle, now, ...(id === undefined ? {} : { id }) });
}

function isObject(body: unknown): boolean {
  return typeof body === 'object' && body !== null && !Array.isArray(body) && !(body instanceof Uint8Array);
}
