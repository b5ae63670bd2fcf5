import { formatDuration } from '../config/duration.ts';
import type { SourceConfig } from '../config.ts';
import { crashPoint } from '../crash-point.ts';
import type { Gate } from '../delivery/gate.ts';
import type { Clock } from '../http/clock.ts';
import { HttpError } from '../http/errors.ts';
import type { Delivered } from '../ledger/conversations.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Progress } from '../ledger/requests.ts';
import type { Log } from '../telemetry/log.ts';
import type { ConversationRef, Source } from '../vendors/source.ts';
import { Backfill } from './backfill.ts';
import { type Carried, Carrier, type Repaired, type Signals } from './carrier.ts';
import { Discovery } from './discovery.ts';
import type { Recorder } from './recorder.ts';
import { SourceDown } from './source-down.ts';
import { Worker } from './worker.ts';

/** The longest pause of a source that cannot be used, in milliseconds. */
const LONGEST_PAUSE = 300_000;
/** The longest that a lane sleeps without a look at the ledger, in milliseconds. */
const LONGEST_SLEEP = 1_000;
/** How long a lane that only works rests when nothing is due, in milliseconds. */
const IDLE_PAUSE = 100;

export interface LaneOptions {
  readonly config: SourceConfig;
  readonly source: Source;
  readonly ledger: Ledger;
  readonly recorder: Recorder;
  readonly gate: Gate;
  readonly clock: Clock;
  readonly log: Log;
  readonly pollInterval: number;
  readonly lookback: number;
  readonly onCarried?: (conversation: string, carried: Carried) => void;
  readonly onSeen?: (ref: ConversationRef) => void;
}

/** One source's part of the bridge: it lists and works off, and its troubles stay its own. */
export class Lane {
  readonly name: string;
  readonly id: number;
  readonly #options: LaneOptions;
  readonly #discovery: Discovery;
  readonly #carrier: Carrier;
  readonly #worker: Worker;
  readonly #backfills = new Set<Backfill>();
  readonly #drift = new Set<string>();
  #failures = 0;
  #resumeAt = 0;
  #complaint: string | undefined;

  constructor(options: LaneOptions) {
    const { source, ledger, recorder, gate, clock, log, lookback, pollInterval, onCarried, onSeen } = options;
    this.#options = options;
    this.name = source.name;
    this.id = ledger.source(source.name, source.provider);
    const { id } = this;
    this.#discovery = new Discovery({
      ...{ source, ledger, id, lookback, pollInterval, clock },
      ...(onSeen === undefined ? {} : { onSeen }),
    });
    const onDrift = (names: readonly string[], conversation: string) => this.#noteDrift(names, conversation);
    this.#carrier = new Carrier({ source, id, gate, recorder, clock, log, onDrift });
    this.#worker = new Worker({
      ...{ ledger, id, carrier: this.#carrier, clock, concurrency: options.config.concurrency },
      onCarried: (conversation, carried) => {
        for (const backfill of this.#backfills) backfill.carried(conversation, carried);
        onCarried?.(conversation, carried);
      },
    });
  }

  /** Lists and works off until `signals.stop`. @throws LedgerError */
  async run(signals: Signals): Promise<void> {
    await Promise.all([this.#keepListing(signals), this.#keepWorking(signals), this.#keepSweeping(signals)]);
  }

  /**
   * Lists once, and works off what is there, ripe or not.
   * @throws SourceDown or CollectorDown where something that was ready could not be delivered; LedgerError.
   */
  async runOnce(signals: Signals): Promise<void> {
    const { clock } = this.#options;
    try {
      await this.#discovery.poll(signals.stop, { whole: this.#discovery.nextSweep() <= clock.now() });
    } catch (error) {
      throw asSourceDown(error);
    }
    await this.#worker.drain(signals, { early: true });
  }

  /** Works off what is due now. @throws SourceDown, CollectorDown, LedgerError */
  async drain(signals: Signals): Promise<void> {
    await this.#worker.drain(signals);
  }

  /** Works off what is due until `signals.stop`, and lists nothing. @throws SourceDown, CollectorDown, LedgerError */
  async work(signals: Signals): Promise<void> {
    while (!signals.stop.aborted) {
      await this.#worker.drain(signals);
      await this.#rest(IDLE_PAUSE, signals.stop);
    }
  }

  /** Delivers a stretch of the past, whatever the look-back; somebody must be working. */
  async backfill(
    { since, until, force }: { since: number; until: number; force: boolean },
    signals: Signals,
    tell: (progress: Progress) => void,
  ): Promise<void> {
    const { clock, ledger } = this.#options;
    const backfill = new Backfill(tell, () => clock.now());
    this.#backfills.add(backfill);
    try {
      for await (const ref of this.#discovery.past({ since, until }, signals.stop)) {
        const { id, startedAt, endedAt } = ref;
        crashPoint('during-backfill');
        backfill.found(
          id,
          ledger.conversations.want(this.id, { id, startedAt, endedAt }, clock.now(), force),
        );
      }
      await backfill.finished(signals.stop);
    } catch (error) {
      throw error instanceof HttpError ? SourceDown.from(error) : error;
    } finally {
      this.#backfills.delete(backfill);
    }
  }

  /** Delivers one conversation now, if that is not done yet or with `force` once more. */
  async export({ id, force }: { id: string; force: boolean }, signals: Signals): Promise<Carried> {
    const { clock, ledger } = this.#options;
    const wanted = ledger.conversations.want(
      this.id,
      { id, startedAt: undefined, endedAt: undefined },
      clock.now(),
      force,
    );
    const row = ledger.conversations.get(this.id, id);
    if (row === undefined) throw new Error(`The ledger has lost ${id}.`);
    if (wanted) return await this.#worker.carry(row, signals);
    if (row.sent) return { kind: 'looked', traceId: row.sent.traceId, spans: row.sent.spans };
    return {
      kind: row.state === 'dead' || row.state === 'gone' ? row.state : 'empty',
      reason: row.reason ?? '',
    };
  }

  /** Sends again what is missing of delivered conversations, where they still are what they were. */
  async repair(
    items: readonly { id: string; have: readonly string[] }[],
    signals: Signals,
    tell: (progress: Progress) => void,
  ): Promise<Progress> {
    const progress = { found: items.length, delivered: 0, postponed: 0, spans: 0 };
    const problems: string[] = [];
    for (const { id, have } of items) {
      const sent = this.#options.ledger.conversations.get(this.id, id)?.sent;
      const { spans, problem } = await this.#resend(sent, id, have, signals);
      progress.spans += spans;
      if (problem === undefined) progress.delivered++;
      else {
        progress.postponed++;
        problems.push(`${id}: ${problem}`);
      }
      tell(progress);
    }
    return { ...progress, problems: problems.join('\n') };
  }

  async #resend(
    sent: Delivered | undefined,
    id: string,
    have: readonly string[],
    signals: Signals,
  ): Promise<Repaired> {
    if (sent === undefined) return { spans: 0, problem: 'it was never delivered' };
    try {
      return await this.#carrier.resend(sent, id, new Set(have), signals);
    } catch (error) {
      if (error instanceof HttpError) return { spans: 0, problem: error.message };
      throw error;
    }
  }

  /** Makes due now what waits for another attempt. @returns how many conversations. */
  revive(which: { dead: boolean; only: string | undefined }): number {
    return this.#options.ledger.conversations.revive(this.id, which, this.#options.clock.now());
  }

  async #keepListing({ stop }: Signals): Promise<void> {
    const { clock, pollInterval, gate, ledger } = this.#options;
    // Sources that start together need not poll together.
    await this.#rest(Math.min(pollInterval, LONGEST_SLEEP) * clock.random(), stop);
    while (!stop.aborted) {
      await this.#rest(this.#resumeAt - clock.now(), stop);
      const began = clock.now();
      // While the collector is away there is no use in finding more.
      if (gate.isOpen && !stop.aborted) {
        await this.#attempt(async () => {
          await this.#discovery.poll(stop);
          this.#carrier.vendorAnswers();
          return true;
        }, stop);
      }
      const took = clock.now() - began;
      // A list that takes long to walk is not walked all the time.
      const next = Math.max(began + pollInterval, clock.now() + Math.max(0, Math.min(took, LONGEST_PAUSE)));
      ledger.sources.polled(this.id, { at: began, next, error: this.#complaint });
      await this.#rest(next - clock.now(), stop);
    }
  }

  async #keepWorking(signals: Signals): Promise<void> {
    const { clock } = this.#options;
    while (!signals.stop.aborted) {
      await this.#rest(this.#resumeAt - clock.now(), signals.stop);
      await this.#attempt(async () => (await this.#worker.drain(signals)) > 0, signals.stop);
      const due = this.#options.ledger.conversations.nextDue(this.id) ?? Number.POSITIVE_INFINITY;
      await this.#rest(Math.min(LONGEST_SLEEP, Math.max(50, due - clock.now())), signals.stop);
    }
  }

  async #keepSweeping({ stop }: Signals): Promise<void> {
    const { clock, pollInterval } = this.#options;
    while (!stop.aborted) {
      await this.#rest(Math.max(pollInterval, this.#discovery.nextSweep() - clock.now()), stop);
      if (clock.now() < this.#resumeAt || clock.now() < this.#discovery.nextSweep()) continue;
      await this.#attempt(async () => {
        await this.#discovery.sweep(stop);
        return true;
      }, stop);
    }
  }

  /**
   * Does `work`; where the source cannot be used, says so once and lets it rest.
   * @param work tells whether the vendor has answered anything.
   */
  async #attempt(work: () => Promise<boolean>, stop: AbortSignal): Promise<void> {
    if (stop.aborted) return;
    try {
      if (await work()) this.#recovered();
    } catch (error) {
      if (stop.aborted) return;
      this.#pause(asSourceDown(error));
    }
  }

  #pause(down: SourceDown): void {
    const { clock, log, pollInterval } = this.#options;
    this.#failures++;
    const grown = Math.min(LONGEST_PAUSE, Math.max(1_000, pollInterval) * 2 ** (this.#failures - 1));
    const pause = down.retryAfterMs ?? (down.refused ? LONGEST_PAUSE : grown);
    this.#resumeAt = clock.now() + pause;
    if (this.#complaint === down.message) return;
    this.#complaint = down.message;
    log.error({ pause: formatDuration(pause) }, `the source cannot be used: ${down.message}`);
  }

  #recovered(): void {
    this.#failures = 0;
    if (this.#complaint === undefined) return;
    this.#complaint = undefined;
    this.#options.log.info('the source can be used again');
  }

  /** Each name once a process, so that its owner hears of a vendor's change before a dashboard goes flat. */
  #noteDrift(names: readonly string[], conversation: string): void {
    for (const name of names) {
      if (this.#drift.has(name) || this.#drift.size >= MOST_DRIFT) continue;
      this.#drift.add(name);
      this.#options.log.warn({ conversation, name }, 'the payload has something callspan does not know');
    }
  }

  async #rest(millis: number, stop: AbortSignal): Promise<void> {
    if (millis <= 0 || stop.aborted) return;
    try {
      await this.#options.clock.sleep(millis, stop);
    } catch (error) {
      if (!stop.aborted) throw error;
    }
  }
}

/** Names are the vendor's, so there is no end to them but this. */
const MOST_DRIFT = 1_000;

/** A failure to list as what it means for the source; anything that is no vendor's failure as it is. */
function asSourceDown(error: unknown): SourceDown {
  if (error instanceof SourceDown) return error;
  if (error instanceof HttpError) return SourceDown.from(error);
  throw error;
}
