import { crashPoint } from '../crash-point.ts';
import type { Gate } from '../delivery/gate.ts';
import type { Outcome } from '../delivery/outcome.ts';
import type { Clock } from '../http/clock.ts';
import { BadAnswerError, HttpStatusError, RedirectError, UnavailableError } from '../http/errors.ts';
import type { Delivered, Due } from '../ledger/conversations.ts';
import { observe } from '../numbers/observe.ts';
import { LONGEST_CONVERSATION, MOST_ATTEMPTS, nextLook, pendingPause, retryPause } from '../patience.ts';
import type { Log } from '../telemetry/log.ts';
import { selectSpans, shapeOf } from '../trace/shape.ts';
import type { Fetched, Source, Translated } from '../vendors/source.ts';
import type { Recorder } from './recorder.ts';
import { SourceDown } from './source-down.ts';

export interface CarrierOptions {
  readonly source: Source;
  /** The source's number in the ledger. */
  readonly id: number;
  readonly gate: Gate;
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly log: Log;
  readonly onDrift: (names: readonly string[], conversation: string) => void;
}

/** What became of one conversation in one go. */
export interface Carried {
  readonly kind: 'delivered' | 'looked' | 'pending' | 'empty' | 'gone' | 'dead' | 'postponed';
  readonly traceId?: string;
  readonly spans?: number;
  /** Sent once more, and its spans are not what was sent before. */
  readonly changed?: boolean;
  /** Why it was not delivered. */
  readonly reason?: string;
}

/** What came of sending spans again. */
export interface Repaired {
  readonly spans: number;
  /** Why nothing could be sent. */
  readonly problem?: string;
}

export interface Signals {
  /** Nothing new is begun, and nothing is waited for. */
  readonly stop: AbortSignal;
  /** What is under way is given up. */
  readonly abort: AbortSignal;
}

/** Carries one conversation after the other down the road: fetch, translate, deliver, record. */
export class Carrier {
  readonly #options: CarrierOptions;
  /** Failed fetches in a row, whatever the conversation. */
  #failures = 0;

  constructor(options: CarrierOptions) {
    this.#options = options;
  }

  /** The vendor has answered something else: the next failure may again be the conversation's own. */
  vendorAnswers(): void {
    this.#failures = 0;
  }

  /** @throws SourceDown where the vendor is the problem, CollectorDown, LedgerError, or the signal's reason. */
  async carry(due: Due, signals: Signals): Promise<Carried> {
    let fetched: Fetched;
    try {
      crashPoint('before-fetch');
      fetched = await this.#options.source.fetch(due.id, signals.stop);
      crashPoint('after-fetch');
      this.#failures = 0;
    } catch (error) {
      signals.stop.throwIfAborted();
      return await this.#notFetched(due, error);
    }
    switch (fetched.kind) {
      case 'ready':
        return await this.#deliver(due, fetched.translated, signals);
      case 'pending':
        return await this.#pending(due, fetched);
      default:
        return await this.#nothing(due, fetched.kind, fetched.reason);
    }
  }

  /**
   * Sends what is missing of a delivered conversation; nothing if the vendor's payload has changed since.
   * @param have ids of the spans that are still there.
   */
  async resend(
    sent: Delivered,
    conversation: string,
    have: ReadonlySet<string>,
    signals: Signals,
  ): Promise<Repaired> {
    const { source, gate, log } = this.#options;
    const fetched = await source.fetch(conversation, signals.stop);
    if (fetched.kind !== 'ready') return { spans: 0, problem: `the vendor shows it as ${fetched.kind}` };
    const { cargo, lateIds, spanIds } = fetched.translated;
    if (shapeOf(cargo, lateIds) !== sent.shape) {
      return {
        spans: 0,
        problem: 'the vendor shows it otherwise than when it was delivered; export --force sends that',
      };
    }
    const unsent = new Set(lateIds.filter((id) => !sent.late.includes(id)));
    const missing = spanIds.filter((id) => !have.has(id) && !unsent.has(id));
    if (missing.length === 0) return { spans: 0 };
    const outcome = await gate.deliver(selectSpans(cargo, new Set(missing)), {
      waiting: signals.stop,
      sending: signals.abort,
    });
    if (outcome.kind !== 'accepted') return { spans: 0, problem: outcome.reason };
    log.info({ conversation, traceId: sent.traceId, spans: missing.length }, 'repaired');
    return { spans: missing.length };
  }

  async #pending(due: Due, { reason, notBefore }: Extract<Fetched, { kind: 'pending' }>): Promise<Carried> {
    const { clock, source } = this.#options;
    const now = source.now();
    const age = now - (due.startedAt ?? due.firstSeenAt);
    if (isLook(due)) return await this.#looked(due, due.sent);
    if (age > LONGEST_CONVERSATION) return await this.#nothing(due, 'empty', `never ended (${reason})`);
    const wait = notBefore === undefined ? pendingPause(age) : Math.max(0, notBefore - now);
    await this.#postpone(due, clock.now() + wait, due.attempts, reason);
    return { kind: 'pending', reason };
  }

  async #nothing(due: Due, kind: 'empty' | 'gone', reason: string): Promise<Carried> {
    const { log, id, recorder } = this.#options;
    // What was delivered stays delivered, whatever the vendor shows of it later.
    if (isLook(due)) return await this.#looked(due, due.sent);
    await recorder.record({ source: id, id: due.id, kind, reason });
    log.info({ conversation: due.id, reason }, kind);
    return { kind, reason };
  }

  async #deliver(due: Due, translated: Translated, { stop, abort }: Signals): Promise<Carried> {
    const { gate, onDrift } = this.#options;
    const { cargo, lateIds, spanIds } = translated;
    const sent = isLook(due) ? due.sent : undefined;
    const news = sent ? lateIds.filter((id) => !sent.late.includes(id)) : spanIds;
    if (sent && news.length === 0) return await this.#looked(due, sent);
    onDrift(translated.drift, due.id);
    crashPoint('before-send');
    crashPoint('during-send', 2);
    const outcome = await gate.deliver(sent ? selectSpans(cargo, new Set(news)) : cargo, {
      waiting: stop,
      sending: abort,
      suspect: due.attempts > 0,
    });
    switch (outcome.kind) {
      case 'accepted':
        crashPoint('after-accept');
        return await this.#accepted(due, translated, news.length, outcome);
      case 'rejected':
        return await this.#dead(due, `the collector refused it (${outcome.status}): ${outcome.reason}`);
      default:
        return await this.#failed(due, outcome.reason, outcome.retryAfterMs);
    }
  }

  async #accepted(
    due: Due,
    { conversation, cargo, lateIds, waitIds }: Translated,
    spans: number,
    { rejectedSpans, message }: Extract<Outcome, { kind: 'accepted' }>,
  ): Promise<Carried> {
    const { log, recorder, id, source, clock } = this.#options;
    const { traceId, outcome } = conversation;
    const endedAt = Number(conversation.end / 1_000_000n);
    const earlier = isLook(due) ? due.sent : undefined;
    const shape = earlier?.shape ?? shapeOf(cargo, lateIds);
    await recorder.record({
      ...{ source: id, id: due.id, kind: 'delivered', traceId, shape, endedAt },
      spans: (earlier?.spans ?? 0) + spans,
      late: [...new Set([...(earlier?.late ?? []), ...lateIds])],
      due: this.#nextLook(endedAt),
      observations: observe(conversation, {
        ...{ source: source.name, waitIds },
        deliveredAt: BigInt(Math.round(clock.now())) * 1_000_000n,
      }),
    });
    const changed = due.sent !== undefined && due.sent.shape !== shape;
    const line = { conversation: due.id, traceId, spans, outcome };
    if (rejectedSpans > 0 || message !== undefined) {
      log.warn(
        { ...line, rejectedSpans, collector: message },
        'delivered, and the collector has something to say',
      );
    } else if (changed) log.warn(line, 'delivered again, and not what was sent before');
    else log.info(line, earlier ? 'late events delivered' : 'delivered');
    return { kind: earlier ? 'looked' : 'delivered', traceId, spans, changed };
  }

  #nextLook(endedAt: number): number | undefined {
    const { source, clock } = this.#options;
    if (!source.hasLateEvents) return undefined;
    const now = source.now();
    const look = nextLook(endedAt, now);
    return look === undefined ? undefined : look + clock.now() - now;
  }

  /** A look at a delivered conversation that brought nothing to send. */
  async #looked(due: Due, sent: Delivered): Promise<Carried> {
    const { recorder, id } = this.#options;
    const endedAt = due.endedAt ?? 0;
    await recorder.record({
      ...{ source: id, id: due.id, kind: 'delivered', endedAt, due: this.#nextLook(endedAt) },
      ...sent,
      observations: [],
    });
    return { kind: 'looked', traceId: sent.traceId };
  }

  async #notFetched(due: Due, error: unknown): Promise<Carried> {
    if (error instanceof HttpStatusError) {
      const down = SourceDown.from(error);
      if (down.refused) throw down;
      return await this.#dead(due, error.message);
    }
    if (error instanceof RedirectError) throw SourceDown.from(error);
    if (!(error instanceof UnavailableError) && !(error instanceof BadAnswerError)) {
      // Nothing that a vendor sends should get here; if it does, it must not stop the others.
      if (!(error instanceof Error)) throw error;
      return await this.#dead(due, `it could not be translated: ${error.message}`);
    }
    this.#failures++;
    const flooded = error instanceof UnavailableError && error.status === 429;
    // The first of a row of failures may be this conversation's own fault; the others are the vendor's.
    if (this.#failures === 1 && !flooded) return await this.#failed(due, error.message);
    const { clock } = this.#options;
    await this.#postpone(due, clock.now() + retryPause(1, clock.random()), due.attempts, error.message);
    if (error instanceof UnavailableError) throw SourceDown.from(error);
    return { kind: 'postponed', reason: error.message };
  }

  /** It failed while others pass: a few more tries, then it is a dead letter. */
  async #failed(due: Due, reason: string, retryAfterMs = 0): Promise<Carried> {
    const { clock, log } = this.#options;
    const attempts = due.attempts + 1;
    if (attempts >= MOST_ATTEMPTS) return await this.#dead(due, `${reason} (${attempts} attempts)`);
    const pause = Math.max(retryAfterMs, retryPause(attempts, clock.random()));
    await this.#postpone(due, clock.now() + pause, attempts, reason);
    log.warn({ conversation: due.id, attempts, retryInMs: pause, reason }, 'not delivered yet');
    return { kind: 'postponed', reason };
  }

  async #dead(due: Due, reason: string): Promise<Carried> {
    const { recorder, id, log } = this.#options;
    // What was delivered stays delivered; only what might have come late is given up.
    if (isLook(due)) return await this.#looked(due, due.sent);
    await recorder.record({ source: id, id: due.id, kind: 'dead', reason });
    log.error({ conversation: due.id, reason }, 'dead letter');
    return { kind: 'dead', reason };
  }

  async #postpone(due: Due, at: number, attempts: number, reason: string): Promise<void> {
    const { recorder, id } = this.#options;
    await recorder.record({ source: id, id: due.id, kind: 'postponed', due: at, attempts, reason });
  }
}

/** A second or third look at a conversation that was delivered, for what may have come late. */
function isLook(due: Due): due is Due & { sent: Delivered } {
  return due.state === 'delivered' && due.sent !== undefined;
}
