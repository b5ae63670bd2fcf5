import type { Gate } from '../delivery/gate.ts';
import type { Outcome } from '../delivery/outcome.ts';
import type { Clock } from '../http/clock.ts';
import { BadAnswerError, HttpStatusError, RedirectError, UnavailableError } from '../http/errors.ts';
import type { Due } from '../ledger/conversations.ts';
import { LONGEST_CONVERSATION, MOST_ATTEMPTS, nextLook, pendingPause, retryPause } from '../patience.ts';
import type { Log } from '../telemetry/log.ts';
import { selectSpans, shapeOf } from '../trace/shape.ts';
import type { Fetched, Source, Translated } from '../vendors/source.ts';
import type { Recorder } from './recorder.ts';

/** The source itself cannot be used now: nothing of it is worth a try before `retryAt`, unix milliseconds. */
export class SourceDown extends Error {
  override readonly name = 'SourceDown';
  readonly retryAfterMs: number | undefined;
  /** A wrong key or a missing permission: only its owner can mend that. */
  readonly refused: boolean;

  constructor(cause: Error, { refused = false }: { refused?: boolean } = {}) {
    super(cause.message, { cause });
    this.refused = refused;
    this.retryAfterMs = cause instanceof UnavailableError ? cause.retryAfterMs : undefined;
  }
}

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
export type Carried = 'delivered' | 'looked' | 'pending' | 'empty' | 'gone' | 'dead' | 'postponed';

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

  /**
   * @param signals `stop` ends what can be done again at no cost, `abort` also requests to the collector.
   * @throws SourceDown where the vendor is the problem, LedgerError, or the signal's reason.
   */
  async carry(due: Due, signals: { stop: AbortSignal; abort: AbortSignal }): Promise<Carried> {
    let fetched: Fetched;
    try {
      fetched = await this.#options.source.fetch(due.id, signals.stop);
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

  async #pending(due: Due, { reason, notBefore }: Extract<Fetched, { kind: 'pending' }>): Promise<Carried> {
    const { clock, source } = this.#options;
    const now = source.now();
    const age = now - (due.startedAt ?? due.firstSeenAt);
    if (due.delivered !== undefined) return await this.#looked(due, due.delivered);
    if (age > LONGEST_CONVERSATION) return await this.#nothing(due, 'empty', `never ended (${reason})`);
    const wait = notBefore === undefined ? pendingPause(age) : Math.max(0, notBefore - now);
    await this.#postpone(due, clock.now() + wait, due.attempts, reason);
    return 'pending';
  }

  async #nothing(due: Due, kind: 'empty' | 'gone', reason: string): Promise<Carried> {
    const { log, id, recorder } = this.#options;
    // What was delivered stays delivered, whatever the vendor shows of it later.
    if (due.delivered !== undefined) return await this.#looked(due, due.delivered);
    await recorder.record({ source: id, id: due.id, kind, reason });
    log.info({ conversation: due.id, reason }, kind);
    return kind;
  }

  async #deliver(
    due: Due,
    translated: Translated,
    { stop, abort }: { stop: AbortSignal; abort: AbortSignal },
  ): Promise<Carried> {
    const { gate, onDrift } = this.#options;
    const { cargo, lateIds, spanIds } = translated;
    const sent = due.delivered;
    const news = sent ? lateIds.filter((id) => !sent.late.includes(id)) : spanIds;
    if (sent && news.length === 0) return await this.#looked(due, sent);
    onDrift(translated.drift, due.id);
    const outcome = await gate.deliver(sent ? selectSpans(cargo, new Set(news)) : cargo, {
      waiting: stop,
      sending: abort,
      suspect: due.attempts > 0,
    });
    return await this.#settle(due, translated, news, outcome);
  }

  async #settle(
    due: Due,
    translated: Translated,
    news: readonly string[],
    outcome: Outcome,
  ): Promise<Carried> {
    const { log, recorder, id, clock } = this.#options;
    const { conversation, cargo, lateIds } = translated;
    switch (outcome.kind) {
      case 'accepted': {
        const endedAt = Number(conversation.end / 1_000_000n);
        const sent = due.delivered;
        await recorder.record({
          source: id,
          id: due.id,
          kind: 'delivered',
          traceId: conversation.traceId,
          spans: (sent?.spans ?? 0) + news.length,
          shape: sent?.shape ?? shapeOf(cargo, lateIds),
          late: lateIds,
          endedAt,
          due: this.#nextLook(endedAt),
        });
        const partial = outcome.rejectedSpans > 0 || outcome.message !== undefined;
        const line = { conversation: due.id, traceId: conversation.traceId, spans: news.length };
        if (partial) {
          log.warn(
            { ...line, rejectedSpans: outcome.rejectedSpans, collector: outcome.message },
            'partly taken',
          );
        } else
          log.info({ ...line, outcome: conversation.outcome }, sent ? 'late events delivered' : 'delivered');
        return sent ? 'looked' : 'delivered';
      }
      case 'rejected':
        return await this.#dead(due, `the collector refused it (${outcome.status}): ${outcome.reason}`);
      default:
        return await this.#failed(due, outcome.reason, outcome.retryAfterMs, clock.now());
    }
  }

  #nextLook(endedAt: number): number | undefined {
    const { source, clock } = this.#options;
    if (!source.hasLateEvents) return undefined;
    const now = source.now();
    const look = nextLook(endedAt, now);
    return look === undefined ? undefined : look + clock.now() - now;
  }

  /** A look at a delivered conversation that brought nothing to send. */
  async #looked(due: Due, sent: NonNullable<Due['delivered']>): Promise<Carried> {
    const { recorder, id } = this.#options;
    const endedAt = due.endedAt ?? 0;
    await recorder.record({
      source: id,
      id: due.id,
      kind: 'delivered',
      ...sent,
      endedAt,
      due: this.#nextLook(endedAt),
    });
    return 'looked';
  }

  async #notFetched(due: Due, error: unknown): Promise<Carried> {
    if (error instanceof HttpStatusError) {
      if (error.status === 401 || error.status === 403 || error.status === 402) {
        throw new SourceDown(error, { refused: true });
      }
      return await this.#dead(due, error.message);
    }
    if (error instanceof RedirectError) throw new SourceDown(error);
    if (!(error instanceof UnavailableError) && !(error instanceof BadAnswerError)) {
      // Nothing that a vendor sends should get here; if it does, it must not stop the others.
      if (!(error instanceof Error)) throw error;
      return await this.#dead(due, `it could not be translated: ${error.message}`);
    }
    this.#failures++;
    const { clock } = this.#options;
    const flooded = error instanceof UnavailableError && error.status === 429;
    // The first of a row of failures may be this conversation's own fault; the others are the vendor's.
    if (this.#failures > 1 || flooded) {
      await this.#postpone(due, clock.now() + retryPause(1, clock.random()), due.attempts, error.message);
      if (error instanceof UnavailableError) throw new SourceDown(error);
      return 'postponed';
    }
    return await this.#failed(due, error.message, undefined, clock.now());
  }

  /** It failed while others pass: a few more tries, then it is a dead letter. */
  async #failed(due: Due, reason: string, retryAfterMs: number | undefined, now: number): Promise<Carried> {
    const { clock, log } = this.#options;
    const attempts = due.attempts + 1;
    if (attempts >= MOST_ATTEMPTS && !due.delivered)
      return await this.#dead(due, `${reason} (${attempts} attempts)`);
    const pause = Math.max(retryAfterMs ?? 0, retryPause(attempts, clock.random()));
    await this.#postpone(due, now + pause, attempts, reason);
    log.warn({ conversation: due.id, attempts, retryInMs: pause, reason }, 'not delivered yet');
    return 'postponed';
  }

  async #dead(due: Due, reason: string): Promise<Carried> {
    const { recorder, id, log } = this.#options;
    // What was delivered stays delivered; only what might have come late is given up.
    if (due.delivered) return await this.#looked(due, due.delivered);
    await recorder.record({ source: id, id: due.id, kind: 'dead', reason });
    log.error({ conversation: due.id, reason }, 'dead letter');
    return 'dead';
  }

  async #postpone(due: Due, at: number, attempts: number, reason: string): Promise<void> {
    const { recorder, id } = this.#options;
    await recorder.record({ source: id, id: due.id, kind: 'postponed', due: at, attempts, reason });
  }
}
