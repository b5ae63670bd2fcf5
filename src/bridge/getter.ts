import type { WebhookSettings } from '../config/webhook.ts';
import { parseJson } from '../http/json.ts';
import type { Ledger } from '../ledger/contract.ts';
import { LedgerError } from '../ledger/errors.ts';
import type { Due, Inbox } from '../ledger/records.ts';
import type { Fetched, Source } from '../vendors/vendor.ts';
import { Fetcher, type Got } from './fetcher.ts';
import { ownTurn } from './turn.ts';

/** So long after its end the payload of a conversation that nobody keeps is waited for, in milliseconds: the vendor tries no longer. */
const PATIENCE = 3_600_000;

export interface GetterOptions extends Pick<WebhookSettings, 'zeroRetention'> {
  readonly source: Source;
  /** The source's number in the ledger. */
  readonly id: number;
  readonly ledger: Ledger;
  /** A webhook may still bring what a fetch does not. */
  readonly awaitsWebhook: boolean;
}

/**
 * Gets what a conversation is made of: by a fetch, which has all of it, or from the payload that a webhook has brought,
 * where the vendor keeps nothing that could be fetched. What it is made into is written down first: what ends the
 * process meanwhile is this conversation's doing.
 */
export class Getter {
  readonly #options: GetterOptions;
  readonly #fetcher: Fetcher;

  constructor(options: GetterOptions) {
    this.#options = options;
    this.#fetcher = new Fetcher(options.source);
  }

  /** The vendor has answered something else: the next failure may again be the conversation's own. */
  vendorAnswers(): void {
    this.#fetcher.vendorAnswers();
  }

  /** @throws SourceDown where the vendor is the problem; LedgerError; the signal's reason. */
  async get(due: Due, payload: Inbox['payload'], stop: AbortSignal): Promise<Got> {
    if (payload?.final) return await this.read(due, payload.body);
    const got = await this.#fetch(due, stop);
    if (got.kind !== 'fetched' || !this.#keepsNothing(got.fetched)) return got;
    if (payload !== undefined) return await this.read(due, payload.body);
    // Nothing takes the place of what was delivered from a payload.
    const reason = 'the vendor keeps nothing of it (zero retention)';
    if (due.sent !== undefined) return { kind: 'fetched', fetched: { kind: 'empty', reason } };
    return this.#isAwaited(due) ? { kind: 'fetched', fetched: awaited(due) } : got;
  }

  /** What a payload that a webhook has brought is. @throws LedgerError */
  async read(due: Due, body: Uint8Array): Promise<Got> {
    const { ledger, id, source } = this.#options;
    await ownTurn();
    const end = await ledger.conversations.takeApart(id, due.id);
    try {
      return { kind: 'fetched', fetched: source.read(parseJson(body), due.id, due.firstSeenAt) };
    } catch (error) {
      if (error instanceof LedgerError || !(error instanceof Error)) throw error;
      const reason = `what a webhook brought could not be translated: ${error.message}`;
      return { kind: 'failed', blame: 'conversation', reason, othersPass: true };
    } finally {
      await end();
    }
  }

  async #fetch(due: Due, stop: AbortSignal): Promise<Got> {
    const { ledger, id } = this.#options;
    let end = async () => {};
    const onBody = async () => {
      await ownTurn();
      end = await ledger.conversations.takeApart(id, due.id);
    };
    return await this.#fetcher.fetch(due, stop, onBody).finally(() => end());
  }

  /** By what the vendor says, or by the settings. */
  #keepsNothing(fetched: Fetched): boolean {
    if (fetched.kind !== 'ready' && fetched.kind !== 'empty') return false;
    const { zeroRetention } = this.#options;
    if (fetched.keepsNothing || zeroRetention === true) return true;
    const agent = fetched.kind === 'ready' ? fetched.translated.conversation.agent.id : undefined;
    return agent !== undefined && zeroRetention.includes(agent);
  }

  #isAwaited(due: Due): boolean {
    const { source, awaitsWebhook } = this.#options;
    return awaitsWebhook && source.surelyNow() < endOf(due) + PATIENCE;
  }
}

function awaited(due: Due): Fetched {
  const reason = 'the vendor keeps nothing of it, and its webhook has not come yet';
  return { kind: 'pending', reason, notBefore: endOf(due) + PATIENCE };
}

function endOf({ endedAt, startedAt, firstSeenAt }: Due): number {
  return endedAt ?? startedAt ?? firstSeenAt;
}
