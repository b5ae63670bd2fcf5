import type { IncomingHttpHeaders } from 'node:http';
import type { Provider } from '../conversation.ts';
import { NotJsonError, parseJson } from '../http/json.ts';
import { loadVendor } from './registry.ts';
import type { WebhookEvent } from './webhook-scheme.ts';
import { isOneOf, trustedVerification } from './webhook-signature.ts';

export interface VerifyWebhookOptions {
  readonly provider: Provider;
  /** As `node:http` gives them: with lower-case names. */
  readonly headers: IncomingHttpHeaders;
  /** The bytes as they came: what was parsed and written anew has another signature. */
  readonly body: Uint8Array;
  /** Any of them may fit: several while one takes the place of another. */
  readonly secrets: readonly string[];
  /** Of a vendor that signs nothing: what stood at the end of the path. It has to be one of the secrets. */
  readonly token?: string;
  /** Unix milliseconds. @default now */
  readonly now?: number;
}

export type VerifiedWebhook =
  /** `event`: undefined where it speaks of no conversation. */
  | { readonly verified: true; readonly event?: WebhookEvent; readonly body: unknown }
  /** `reason`: `missing`, `malformed`, `stale`, `future`, `mismatch` or `unreadable`. */
  | { readonly verified: false; readonly reason: string };

/**
 * Verifies a vendor's call, and reads what it says, for a program that has a server of its own.
 *
 * @throws TypeError where the vendor has no webhooks, or there is no secret.
 *
 * @example
 * const webhook = await verifyWebhook({ provider: 'elevenlabs', headers: request.headers, body, secrets });
 * response.writeHead(webhook.verified ? 200 : 401).end();
 */
export async function verifyWebhook(options: VerifyWebhookOptions): Promise<VerifiedWebhook> {
  const { provider, headers, body, secrets, token = '', now = Date.now() } = options;
  const { webhook, profile } = await loadVendor(provider);
  if (webhook === undefined) throw new TypeError(`${profile.title} has no webhooks`);
  if (secrets.length === 0) throw new TypeError('Expected `secrets` to have at least one');
  const isTrusted = webhook.verify !== undefined || isOneOf(token, secrets);
  if (!isTrusted) return { verified: false, reason: 'mismatch' };
  const verification = webhook.verify?.(headers, secrets, now) ?? trustedVerification();
  verification.update(body);
  const verdict = verification.verdict();
  if (!verdict.verified) return verdict;
  try {
    const parsed = parseJson(body);
    const event = webhook.read(parsed);
    return { verified: true, body: parsed, ...(event === undefined ? {} : { event }) };
  } catch (error) {
    if (error instanceof NotJsonError) return { verified: false, reason: 'unreadable' };
    throw error;
  }
}
