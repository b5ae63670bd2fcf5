/** A workspace's webhook: how ElevenLabs delivers events, tries again, gives up, and switches a webhook off. */
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Json } from '../fields.ts';
import { type Posted, type PostOptions, post } from '../http/post.ts';
import { type SignatureStyle, signature } from './signature.ts';

export interface WebhookSenderOptions {
  readonly url: string;
  readonly secret: string;
  /** Off unless the owner has switched it on, as with the vendor. */
  readonly retries?: boolean;
  /** How many times faster than the vendor it tries again. */
  readonly scale?: number;
  /** Milliseconds since the epoch; `Date.now` where it is left out. */
  readonly now?: () => number;
  /** Whether every attempt is signed anew: nobody has said which the vendor does. */
  readonly freshStamps?: boolean;
  readonly style?: SignatureStyle;
  readonly id?: string;
}

export interface Delivery {
  readonly type: string;
  readonly attempts: readonly Posted[];
  /** Answered with 200: anything else is a failure to the vendor. */
  readonly taken: boolean;
}

/** Milliseconds after the first failure at which the vendor tries again. */
const RETRIES = [0, 30_000, 120_000, 480_000, 1_800_000];
/** Retries that wait at a time; what exceeds them is dropped. */
const QUEUE = 100;
/** Failures in a row that switch a webhook off which has not succeeded for so long. */
const FAILURES = 10;
const WEEK = 7 * 86_400_000;
const RETRIED = /^post_call_transcription(?:_otel)?$/;
const AUDIO = 'post_call_audio';
const AUDIO_CHUNK = 65_536;

export class WebhookSender {
  readonly deliveries: Delivery[] = [];
  /** Events that were never sent: the webhook was off, or too many waited. */
  dropped = 0;
  readonly #options: WebhookSenderOptions;
  readonly #now: () => number;
  readonly #stopped = new AbortController();
  #failures = 0;
  #succeededAt: number | undefined;
  #failed: { readonly status: number | undefined; readonly at: number } | undefined;
  #waiting = 0;
  #disabled = false;

  constructor(options: WebhookSenderOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    // One for each retry that waits.
    setMaxListeners(QUEUE, this.#stopped.signal);
  }

  get disabled(): boolean {
    return this.#disabled;
  }

  /** The owner switches it on again. */
  enable(): void {
    this.#disabled = false;
    this.#failures = 0;
  }

  /** Delivers an event as the vendor would; resolves when it was taken or given up. */
  async send(event: Json, options: PostOptions = {}): Promise<Delivery> {
    const type = String(event.type);
    if (this.#disabled) {
      this.dropped += 1;
      return { type, attempts: [], taken: false };
    }
    const body = Buffer.from(JSON.stringify(event));
    const began = this.#now();
    const attempts = [await this.#attempt(body, type, began, options)];
    if (this.#options.retries === true && RETRIED.test(type) && again(attempts.at(-1))) {
      await this.#retry(body, type, began, attempts, options);
    }
    const delivery = { type, attempts, taken: attempts.at(-1)?.status === 200 };
    this.deliveries.push(delivery);
    return delivery;
  }

  /** As `GET /v1/workspace/webhooks` tells of it. */
  status(): Json {
    return {
      name: 'Post-call',
      webhook_id: this.#options.id ?? 'wh_1',
      webhook_url: this.#options.url,
      is_disabled: this.#disabled,
      is_auto_disabled: this.#disabled,
      created_at_unix: 1_790_000_000,
      auth_type: 'hmac',
      retry_enabled: this.#options.retries ?? false,
      usage: [{ usage_type: 'ConvAI Settings' }],
      events: ['transcript', 'audio', 'call_initiation_failure'],
      most_recent_failure_error_code: this.#failed?.status ?? null,
      most_recent_failure_timestamp: this.#failed === undefined ? null : Math.floor(this.#failed.at / 1000),
    };
  }

  /** Nothing is tried again any more. */
  stop(): void {
    this.#stopped.abort();
  }

  async #retry(
    body: Buffer,
    type: string,
    began: number,
    attempts: Posted[],
    options: PostOptions,
  ): Promise<void> {
    if (this.#waiting >= QUEUE) {
      this.dropped += 1;
      return;
    }
    this.#waiting += 1;
    try {
      let passed = 0;
      for (const at of RETRIES) {
        await sleep((at - passed) / (this.#options.scale ?? 1), undefined, { signal: this.#stopped.signal });
        passed = at;
        attempts.push(await this.#attempt(body, type, began, options));
        if (!again(attempts.at(-1))) return;
      }
    } catch (error) {
      if (!this.#stopped.signal.aborted) throw error;
    } finally {
      this.#waiting -= 1;
    }
  }

  async #attempt(body: Buffer, type: string, began: number, options: PostOptions): Promise<Posted> {
    const { secret, style, freshStamps, url } = this.#options;
    const t = Math.floor((freshStamps === true ? this.#now() : began) / 1000);
    const headers = { 'elevenlabs-signature': signature(body, secret, t, style), ...options.headers };
    const chunked = type === AUDIO ? { chunk: AUDIO_CHUNK } : {};
    const posted = await post(url, body, { ...chunked, ...options, headers });
    this.#note(posted);
    return posted;
  }

  #note(posted: Posted): void {
    const at = this.#now();
    if (posted.status === 200) {
      this.#failures = 0;
      this.#succeededAt = at;
      return;
    }
    this.#failures += 1;
    this.#failed = { status: posted.status, at };
    const forgotten = this.#succeededAt === undefined || at - this.#succeededAt > WEEK;
    if (this.#failures >= FAILURES && forgotten) this.#disabled = true;
  }
}

/** What the vendor tries again: no answer, and answers that say "later". */
function again(posted: Posted | undefined): boolean {
  const status = posted?.status;
  return status === undefined || status >= 500 || status === 429 || status === 408;
}
