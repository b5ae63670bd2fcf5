import { crashPoint } from '../crash-point.ts';
import type { Accepted } from '../delivery/blame.ts';
import type { CircuitBreaker, DeliveryOptions } from '../delivery/circuit-breaker.ts';
import {
  LONGEST_CONVERSATION,
  MOST_ATTEMPTS,
  nextLook,
  pendingPause,
  readyPause,
  retryPause,
} from '../intake/schedule.ts';
import type { Ledger } from '../ledger/contract.ts';
import type { Claimed, Delivered, Due, Settlement } from '../ledger/records.ts';
import { observe } from '../metrics/observe.ts';
import type { Log } from '../telemetry/log.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { Work } from '../telemetry/work.ts';
import type { Clock } from '../time/clock.ts';
import { selectSpans, shapeOf } from '../trace/shape.ts';
import type { Fetched, Source, Translated } from '../vendors/vendor.ts';
import { deadlyReason } from './deadly.ts';
import { Fetcher, type Got } from './fetcher.ts';
import type { Recorder } from './recorder.ts';
import { SourceDown } from './source-down.ts';

/** So long after its end a conversation that is not there, or has nothing in it, is asked for twice. In milliseconds. */
const FRESH = 3_600_000;
const SECOND_OPINION = 120_000;

export interface PipelineOptions {
  readonly source: Source;
  /** The source's number in the ledger. */
  readonly id: number;
  readonly breaker: CircuitBreaker;
  readonly ledger: Ledger;
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly log: Log;
  readonly telemetry: Telemetry;
  readonly onDrift: (names: readonly string[], conversation: string) => void;
}

/** What became of a conversation that was to be delivered and is not. */
const FAILED: readonly Processed['kind'][] = ['dead', 'postponed', 'waiting'];

/** What became of one conversation in one go. */
export interface Processed {
  readonly kind:
    | 'delivered'
    | 'looked'
    | 'pending'
    | 'empty'
    | 'gone'
    | 'dead'
    /** It failed, and will be tried again. */
    | 'postponed'
    /** Nothing passes at all now, and nothing is known of this one. */
    | 'waiting';
  readonly traceId?: string;
  readonly spans?: number;
  /** Sent once more, and its spans are not what was sent before. */
  readonly changed?: boolean;
  /** Why it was not delivered. */
  readonly reason?: string;
}

/** What is left to do for a conversation that was accepted, and nothing of what was sent. */
interface Settling {
  readonly settlement: Settlement;
  readonly line: {
    readonly conversation: string;
    readonly traceId: string;
    readonly spans: number;
    readonly outcome: string;
  };
  /** Sent once more, and its spans are not what was sent before. */
  readonly changed: boolean;
  /** Only what came late was sent. */
  readonly late: boolean;
}

export interface Signals {
  /** Nothing new is begun, and nothing is waited for. */
  readonly stop: AbortSignal;
  /** What is under way is given up. */
  readonly abort: AbortSignal;
}

/** Takes one conversation after the other through its steps: fetch, translate, deliver, record. */
export class Pipeline {
  readonly #options: PipelineOptions;
  readonly #fetcher: Fetcher;

  constructor(options: PipelineOptions) {
    this.#options = options;
    this.#fetcher = new Fetcher(options.source);
  }

  /** The vendor has answered something else: the next failure may again be the conversation's own. */
  vendorAnswers(): void {
    this.#fetcher.vendorAnswers();
  }

  /**
   * @param onSettling called when all that is left is to record it.
   * @throws SourceDown where the vendor is the problem, CollectorDown, LedgerError, or the signal's reason.
   */
  async process(due: Claimed, signals: Signals, onSettling?: () => void): Promise<Processed> {
    const work = this.#options.telemetry.carry(this.#options.source.name, due.id);
    try {
      const processed = await this.#process(due, signals, work, onSettling);
      work.end(processed.kind, { failed: FAILED.includes(processed.kind) });
      return processed;
    } catch (error) {
      work.end('given up', { failed: true });
      throw error;
    }
  }

  async #process(due: Claimed, signals: Signals, work: Work, onSettling?: () => void): Promise<Processed> {
    const deadly = deadlyReason(due.deaths);
    if (deadly !== undefined) return await this.#dead(due, deadly);
    const fetching = work.part('fetch');
    let got: Got;
    try {
      got = await this.#fetch(due.id, signals.stop);
    } catch (error) {
      fetching.end('failed', { failed: true });
      // Whoever's fault it was: those that have not failed go first, or the same ones would stand before them for ever.
      if (error instanceof SourceDown)
        await this.#postpone(due, this.#options.clock.now(), Math.max(1, due.attempts), error.message);
      throw error;
    }
    fetching.end(got.kind === 'fetched' ? got.fetched.kind : got.kind, { failed: got.kind !== 'fetched' });
    if (got.kind === 'failed') return await this.#failed(due, got.reason, { othersPass: got.othersPass });
    if (got.kind === 'broken') return await this.#dead(due, got.reason);
    switch (got.fetched.kind) {
      case 'ready':
        // Not awaited here, nor where it is recorded: who waits keeps what was fetched, and collections go through it.
        return this.#deliver(due, got.fetched.translated, signals, work, onSettling);
      case 'pending':
        return await this.#pending(due, got.fetched);
      default:
        return await this.#nothing(due, got.fetched.kind, got.fetched.reason);
    }
  }

  /** What it is made into is written down first: what ends the process meanwhile is this conversation's doing. */
  async #fetch(conversation: string, stop: AbortSignal): Promise<Got> {
    const { ledger, id } = this.#options;
    let end = async () => {};
    const onBody = async () => {
      end = await ledger.conversations.takeApart(id, conversation);
    };
    return await this.#fetcher.fetch(conversation, stop, onBody).finally(() => end());
  }

  /** How the breaker is to let a conversation's spans through. */
  deliveryOptions(conversation: string, { stop, abort }: Signals): DeliveryOptions {
    const { id, ledger, source, telemetry } = this.#options;
    return {
      onOutcome: (outcome) => telemetry.delivery(source.name, outcome),
      key: `${id} ${conversation}`,
      waiting: stop,
      sending: abort,
      // Nothing is sent that could not be recorded.
      beforeSending: () => ledger.check(),
    };
  }

  async #pending(due: Due, { reason, notBefore }: Extract<Fetched, { kind: 'pending' }>): Promise<Processed> {
    const { clock, source } = this.#options;
    const now = source.surelyNow();
    const age = now - (due.startedAt ?? due.firstSeenAt);
    if (isLook(due)) return await this.#looked(due, due.sent);
    if (age > LONGEST_CONVERSATION) return await this.#nothing(due, 'empty', `never ended (${reason})`);
    const wait = notBefore === undefined ? pendingPause(age) : readyPause(notBefore, now);
    await this.#postpone(due, clock.now() + wait, due.attempts, reason);
    return { kind: 'pending', reason };
  }

  async #nothing(due: Due, kind: 'empty' | 'gone', reason: string): Promise<Processed> {
    const { log, id, recorder, clock } = this.#options;
    // What was delivered stays delivered, whatever the vendor shows of it later.
    if (due.sent) {
      const looked = await this.#looked(due, due.sent);
      return isLook(due) ? looked : { kind, reason };
    }
    if (due.attempts === 0 && this.#isFresh(due)) {
      await this.#postpone(due, clock.now() + SECOND_OPINION, 1, reason);
      return { kind: 'pending', reason };
    }
    await recorder.record({ source: id, id: due.id, kind, reason });
    log.info({ conversation: due.id, reason }, kind);
    return { kind, reason };
  }

  /** Whether it ended so lately that the vendor may not have brought all of itself up to date. */
  #isFresh({ startedAt, endedAt }: Due): boolean {
    const moment = endedAt ?? startedAt;
    return moment !== undefined && this.#options.source.surelyNow() - moment < FRESH;
  }

  async #deliver(
    due: Due,
    translated: Translated,
    signals: Signals,
    work: Work,
    onSettling?: () => void,
  ): Promise<Processed> {
    const { breaker, onDrift, clock } = this.#options;
    const { batch, lateIds, spanIds } = translated;
    const sent = isLook(due) ? due.sent : undefined;
    const news = sent ? lateIds.filter((id) => !sent.late.includes(id)) : spanIds;
    if (sent && news.length === 0) return await this.#looked(due, sent);
    onDrift(translated.drift, due.id);
    crashPoint('before-send');
    crashPoint('during-send', 2);
    let passage: Awaited<ReturnType<CircuitBreaker['deliver']>>;
    const delivering = work.part('deliver');
    try {
      passage = await breaker.deliver(sent ? selectSpans(batch, new Set(news)) : batch, {
        ...this.deliveryOptions(due.id, signals),
        suspect: due.attempts > 0,
      });
    } catch (error) {
      delivering.end('failed', { failed: true });
      // SpanBatch that cannot be written down at all must not stop the others.
      if (!(error instanceof TypeError) && !(error instanceof RangeError)) throw error;
      return await this.#dead(due, `it could not be sent: ${error.message}`);
    }
    delivering.end(passage.kind, { failed: passage.kind !== 'accepted' });
    switch (passage.kind) {
      case 'accepted':
        crashPoint('after-accept');
        onSettling?.();
        return this.#settle(this.#delivered(due, translated, news.length), passage);
      case 'turned away':
        // It has failed, whoever's fault that was: those that have not go first.
        await this.#postpone(due, clock.now() + passage.pauseMs, Math.max(1, due.attempts), passage.reason);
        return { kind: 'waiting', reason: passage.reason };
      default:
        return passage.blame === 'conversation'
          ? await this.#dead(due, `the collector refused it (${passage.status}): ${passage.reason}`)
          : await this.#failed(due, passage.reason, { retryAfterMs: passage.retryAfterMs ?? 0 });
    }
  }

  /** All that is to be recorded and said of a conversation that was accepted. */
  #delivered(due: Due, translated: Translated, spans: number): Settling {
    const { id, source } = this.#options;
    const { conversation, batch, lateIds, waitIds } = translated;
    const { traceId, outcome } = conversation;
    const endedAt = Number(conversation.end / 1_000_000n);
    const earlier = isLook(due) ? due.sent : undefined;
    const shape = earlier?.shape ?? shapeOf(batch, lateIds);
    return {
      settlement: {
        ...{ source: id, id: due.id, kind: 'delivered', traceId, shape, endedAt },
        spans: (earlier?.spans ?? 0) + spans,
        late: [...new Set([...(earlier?.late ?? []), ...lateIds])],
        due: this.#nextLook(endedAt),
        observations: observe(conversation, {
          ...{ source: source.name, waitIds },
          deliveredAt: BigInt(Math.round(source.now())) * 1_000_000n,
        }),
      },
      line: { conversation: due.id, traceId, spans, outcome },
      changed: due.sent !== undefined && due.sent.shape !== shape,
      late: earlier !== undefined,
    };
  }

  async #settle(
    { settlement, line, changed, late }: Settling,
    { rejectedSpans, message }: Accepted,
  ): Promise<Processed> {
    const { log, recorder } = this.#options;
    await recorder.record(settlement);
    if (rejectedSpans > 0 || message !== undefined) {
      log.warn(
        { ...line, rejectedSpans, collector: message },
        'delivered, and the collector has something to say',
      );
    } else if (changed) log.warn(line, 'delivered again, and not what was sent before');
    else log.info(line, late ? 'late events delivered' : 'delivered');
    return { kind: late ? 'looked' : 'delivered', traceId: line.traceId, spans: line.spans, changed };
  }

  #nextLook(endedAt: number): number | undefined {
    const { source, clock } = this.#options;
    if (!source.hasLateEvents) return undefined;
    const now = source.surelyNow();
    const look = nextLook(endedAt, now);
    return look === undefined ? undefined : look + clock.now() - now;
  }

  /** A look at a delivered conversation that brought nothing to send. */
  async #looked(due: Due, sent: Delivered): Promise<Processed> {
    const { recorder, id } = this.#options;
    const endedAt = due.endedAt ?? 0;
    await recorder.record({
      ...{ source: id, id: due.id, kind: 'delivered', endedAt, due: this.#nextLook(endedAt) },
      ...sent,
      observations: [],
    });
    return { kind: 'looked', traceId: sent.traceId };
  }

  /**
   * It failed: a few more tries, then it is a dead letter.
   * @param how.othersPass whether others got through where it did not; if not, it is not given up.
   */
  async #failed(
    due: Due,
    reason: string,
    { retryAfterMs = 0, othersPass = true }: { retryAfterMs?: number; othersPass?: boolean },
  ): Promise<Processed> {
    const { clock, log, source } = this.#options;
    const attempts = due.attempts + 1;
    const age = source.surelyNow() - due.firstSeenAt;
    if (attempts >= MOST_ATTEMPTS && (othersPass || age > LONGEST_CONVERSATION)) {
      return await this.#dead(due, `${reason} (${attempts} attempts)`);
    }
    const pause = Math.max(retryAfterMs, retryPause(attempts, clock.random()));
    await this.#postpone(due, clock.now() + pause, attempts, reason);
    log.warn({ conversation: due.id, attempts, retryInMs: pause, reason }, 'not delivered yet');
    return { kind: 'postponed', reason };
  }

  async #dead(due: Due, reason: string): Promise<Processed> {
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
