import type { WebhookSettings } from '../config/webhook.ts';
import { crashPoint } from '../crash-point.ts';
import type { CircuitBreaker, DeliveryOptions, Passage } from '../delivery/circuit-breaker.ts';
import type { Accepted } from '../delivery/outcome.ts';
import type { Ledger } from '../ledger/contract.ts';
import type { Claimed, Delivered, Due, Inbox, Settlement } from '../ledger/records.ts';
import { observe } from '../metrics/observe.ts';
import { summarize } from '../metrics/summary.ts';
import type { Log } from '../telemetry/log.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { Work } from '../telemetry/work.ts';
import type { Clock } from '../time/clock.ts';
import { traceIdChoices } from '../trace/ids.ts';
import { selectSpans, shapeOf } from '../trace/shape.ts';
import type { SpanBatch } from '../trace/span-batch.ts';
import { retrace, retraceAsSent } from '../vendors/retrace.ts';
import type { Source, Translated } from '../vendors/vendor.ts';
import { type AgeLimit, expectYoung, TooOldError } from './age.ts';
import { deadlyReason } from './deadly.ts';
import type { Got } from './fetcher.ts';
import { Getter } from './getter.ts';
import type { Recorder } from './recorder.ts';
import {
  type Decision,
  type Finding,
  findingOf,
  findingOfDelivery,
  lookAt,
  looked,
  type Processed,
  type Reading,
  settleFirst,
  settleLook,
} from './settle.ts';
import { lineOf, type Settling, tellSettled } from './settling.ts';
import { SourceDown } from './source-down.ts';

export interface PipelineOptions {
  readonly source: Source;
  /** The source's number in the ledger. */
  readonly id: number;
  readonly breaker: CircuitBreaker;
  /** Names of other sources that send to the same place: a conversation that two of them show is two there. */
  readonly rivals?: readonly string[];
  readonly ledger: Ledger;
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly log: Log;
  readonly telemetry: Telemetry;
  /** Where it sends to; that it takes everything where it is not known. */
  readonly destination?: AgeLimit;
  readonly zeroRetention?: WebhookSettings['zeroRetention'];
  /** A webhook may still bring what a fetch does not. */
  readonly awaitsWebhook?: boolean;
  readonly onDrift: (names: readonly string[], conversation: string) => void;
}

/** What became of a conversation that was to be delivered and is not. */
const FAILED: readonly Processed['kind'][] = ['dead', 'postponed', 'waiting'];
/** What a settlement is after which a conversation is not tried again. */
const LAST: readonly Settlement['kind'][] = ['dead', 'empty', 'gone'];

/** A conversation, and the latest notice of it in the inbox when it was taken up. */
type InHand<Of extends Due = Due> = Of & { readonly considered: number };

/** What a delivery needs besides what is sent. */
interface Sending {
  readonly signals: Signals;
  readonly work: Work;
  /** What becomes of it where it is not accepted. */
  readonly settle: (finding: Finding) => Promise<Processed>;
  readonly onSettling: (() => void) | undefined;
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
  readonly #getter: Getter;

  constructor(options: PipelineOptions) {
    this.#options = options;
    const { zeroRetention = [], awaitsWebhook = false } = options;
    this.#getter = new Getter({ ...options, zeroRetention, awaitsWebhook });
  }

  /** The vendor has answered something else: the next failure may again be the conversation's own. */
  vendorAnswers(): void {
    this.#getter.vendorAnswers();
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

  async #process(
    claimed: Claimed,
    signals: Signals,
    work: Work,
    onSettling?: () => void,
  ): Promise<Processed> {
    const { ledger, id } = this.#options;
    const inbox = await ledger.inbox.of(id, claimed.id);
    const { latest } = inbox;
    // Of what was delivered once, no payload is needed any more: another form of it would be another trace.
    const payload = claimed.sent === undefined ? inbox.payload : undefined;
    const due: InHand<Claimed> = { ...claimed, considered: latest };
    const settle = isLook(due)
      ? (finding: Finding) => this.#act(due, settleLook(due, finding, this.#reading()))
      : (finding: Finding) => this.#act(due, settleFirst(due, finding, this.#reading()));
    const deadly = deadlyReason(due.deaths);
    if (deadly !== undefined) return await settle({ kind: 'hopeless', reason: deadly });
    const fetching = work.part('fetch');
    let got: Got;
    try {
      got = await this.#get(due, payload, signals.stop);
    } catch (error) {
      fetching.end('failed', { failed: true });
      if (error instanceof SourceDown) {
        await settle({ kind: 'waiting', reason: error.message, pauseMs: 0 });
      }
      throw error;
    }
    fetching.end(resultOf(got), { failed: got.kind === 'failed' });
    if (got.kind === 'failed') return await settle(findingOf(got));
    if (got.fetched.kind !== 'ready') return await settle(got.fetched);
    const translated = await this.#inItsTrace(due, got.fetched.translated);
    if (translated === undefined) {
      return await settle({
        kind: 'hopeless',
        reason: 'other conversations have every trace that it could have',
      });
    }
    // Not awaited, nor where it is recorded: who waits keeps what was fetched, and collections go through it.
    return isLook(due)
      ? this.#sendLate(due, translated, { signals, work, settle, onSettling })
      : this.#sendFirst(due, translated, { signals, work, settle, onSettling });
  }

  /** Before a conversation is given up, what a webhook has brought of it has to do. */
  async #get(due: Due, payload: Inbox['payload'], stop: AbortSignal): Promise<Got> {
    const got = await this.#getter.get(due, payload, stop);
    if (payload === undefined || payload.final) return got;
    const finding = got.kind === 'failed' ? findingOf(got) : got.fetched;
    if (finding.kind === 'ready') return got;
    const { settlement } = settleFirst(due, finding, this.#reading());
    return LAST.includes(settlement.kind) ? await this.#getter.read(due, payload.body) : got;
  }

  /** A trace is one conversation's: where the vendor gives its id a second time, the second one gets one of its own. */
  async #inItsTrace(due: Due, translated: Translated): Promise<Translated | undefined> {
    const { source, id, ledger, log, rivals = [] } = this.#options;
    const { provider, traceId: own } = translated.conversation;
    const choices = traceIdChoices(own, { provider, source: source.name, id: due.id });
    if (due.sent !== undefined && choices.includes(due.sent.traceId)) {
      return retraceAsSent(translated, source.name, due.sent.traceId);
    }
    const traceId = await ledger.conversations.takeTrace(id, due.id, choices, rivals);
    if (traceId === undefined) return undefined;
    if (traceId !== own && due.traceId !== traceId) {
      const line = { conversation: due.id, traceId, vendorTraceId: own };
      log.warn(line, 'another conversation has its trace id, so it gets one of its own');
    }
    return retrace(translated, traceId);
  }

  /** How the breaker is to let a conversation's spans through. */
  deliveryOptions(conversation: string, batch: SpanBatch, { stop, abort }: Signals): DeliveryOptions {
    const { id, ledger, source, telemetry, destination, clock } = this.#options;
    return {
      onOutcome: (outcome) => telemetry.delivery(source.name, outcome),
      key: `${id} ${conversation}`,
      waiting: stop,
      sending: abort,
      // Nothing is sent that could not be recorded.
      // Nor what would be dropped: at the last moment, because it may have waited for long.
      beforeSending: async () => {
        expectYoung(batch, destination, clock.now());
        await ledger.check(id);
      },
    };
  }

  /** All of a conversation. */
  async #sendFirst(due: InHand, translated: Translated, sending: Sending): Promise<Processed> {
    const { batch, lateIds, spanIds } = translated;
    const accepted = await this.#send(due, batch, translated.drift, sending);
    if ('settled' in accepted) return accepted.settled;
    const shape = shapeOf(batch, lateIds);
    const settlement: Settlement = {
      ...this.#delivered(due, translated),
      ...{ shape, spans: spanIds.length, late: lateIds },
    };
    return this.#settle(
      {
        ...{ settlement, line: lineOf(due.id, translated, spanIds.length), late: false },
        changed: due.sent !== undefined && due.sent.shape !== shape,
      },
      accepted,
    );
  }

  /** Only what has come since a conversation was delivered. */
  async #sendLate(
    due: InHand & { sent: Delivered },
    translated: Translated,
    sending: Sending,
  ): Promise<Processed> {
    const { sent } = due;
    const { batch, lateIds } = translated;
    const news = lateIds.filter((id) => !sent.late.includes(id));
    if (news.length === 0) return await this.#act(due, looked(due, sent, this.#reading()));
    const accepted = await this.#send(due, selectSpans(batch, new Set(news)), translated.drift, sending);
    if ('settled' in accepted) return accepted.settled;
    const settlement: Settlement = {
      ...this.#delivered(due, translated),
      ...{
        shape: sent.shape,
        spans: sent.spans + news.length,
        late: [...new Set([...sent.late, ...lateIds])],
      },
    };
    const line = lineOf(due.id, translated, news.length);
    return this.#settle({ settlement, line, late: true, changed: false }, accepted);
  }

  /** @returns what the collector said, or what became of the conversation where that has not accepted it. */
  async #send(
    due: Due,
    batch: SpanBatch,
    drift: readonly string[],
    { signals, work, settle, onSettling }: Sending,
  ): Promise<Accepted | { readonly settled: Processed }> {
    const { breaker, onDrift } = this.#options;
    onDrift(drift, due.id);
    crashPoint('before-send');
    crashPoint('during-send', 2);
    let passage: Passage;
    const delivering = work.part('deliver');
    try {
      const options = { ...this.deliveryOptions(due.id, batch, signals), suspect: due.attempts > 0 };
      passage = await breaker.deliver(batch, options);
    } catch (error) {
      delivering.end('failed', { failed: true });
      if (error instanceof TooOldError)
        return { settled: await settle({ kind: 'too old', reason: error.message }) };
      // What cannot be written down at all must not stop the others.
      if (!(error instanceof TypeError) && !(error instanceof RangeError)) throw error;
      return {
        settled: await settle({ kind: 'hopeless', reason: `it could not be sent: ${error.message}` }),
      };
    }
    delivering.end(passage.kind, { failed: passage.kind !== 'accepted' });
    if (passage.kind !== 'accepted') return { settled: await settle(findingOfDelivery(passage)) };
    crashPoint('after-accept');
    onSettling?.();
    return passage;
  }

  /** What is recorded of every delivery. */
  #delivered(due: Due, { conversation, waitIds }: Translated) {
    const { id, source } = this.#options;
    const endedAt = Number(conversation.end / 1_000_000n);
    const observations = observe(conversation, {
      ...{ source: source.name, waitIds },
      deliveredAt: BigInt(Math.round(source.now())) * 1_000_000n,
    });
    return {
      ...{ source: id, id: due.id, traceId: conversation.traceId, endedAt },
      kind: 'delivered',
      due: lookAt(endedAt, this.#reading()),
      observations,
      summary: summarize(conversation, observations),
    } as const;
  }

  async #settle(
    { settlement, line, changed, late }: Settling,
    { rejectedSpans, message }: Accepted,
  ): Promise<Processed> {
    const { log, recorder } = this.#options;
    await recorder.record(settlement);
    tellSettled(log, { settlement, line, changed, late }, { rejectedSpans, message });
    return { kind: late ? 'looked' : 'delivered', traceId: line.traceId, spans: line.spans, changed };
  }

  /** Records and tells what was decided. */
  async #act(
    { id: conversation, considered }: InHand,
    { settlement, processed, line }: Decision,
  ): Promise<Processed> {
    const { recorder, id, log } = this.#options;
    await recorder.record({ source: id, considered, ...settlement });
    if (line) log[line.level]({ conversation, ...line.fields }, line.message);
    return processed;
  }

  #reading(): Reading {
    const { clock, source } = this.#options;
    const { hasLateEvents } = source;
    return { now: clock.now(), surelyNow: source.surelyNow(), random: clock.random(), hasLateEvents };
  }
}

/** What callspan's own trace says of a fetch. */
function resultOf(got: Got): string {
  if (got.kind === 'fetched') return got.fetched.kind;
  return got.blame === 'conversation' ? 'broken' : 'failed';
}

/** A second or third look at a conversation that was delivered, for what may have come late. */
function isLook<Of extends Due>(due: Of): due is Of & { sent: Delivered } {
  return due.state === 'delivered' && due.sent !== undefined;
}
