import type { SourceConfig } from '../config/config.ts';
import { crashPoint } from '../crash-point.ts';
import type { CircuitBreaker } from '../delivery/circuit-breaker.ts';
import { Discovery } from '../intake/discovery.ts';
import type { BackfillFigures, ExportResult, RepairResult } from '../ledger/command.ts';
import type { Ledger } from '../ledger/contract.ts';
import { LedgerError } from '../ledger/errors.ts';
import type { Revived } from '../ledger/records.ts';
import type { Log } from '../telemetry/log.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { type Clock, rest } from '../time/clock.ts';
import type { ConversationRef, Source } from '../vendors/vendor.ts';
import { Backfill, type Stretch } from './backfill.ts';
import { Clocks } from './clocks.ts';
import { exportOne } from './export-one.ts';
import { InboxReader } from './inbox-reader.ts';
import { Pipeline, type Signals } from './pipeline.ts';
import type { Recorder } from './recorder.ts';
import { Repair, type RepairItem } from './repair.ts';
import type { Processed } from './settle.ts';
import { asSourceDown } from './source-down.ts';
import { LONGEST_PAUSE, SourceHealth } from './source-health.ts';
import { WakeUp } from './wake-up.ts';
import { Worker } from './worker.ts';

const MINUTE = 60_000;
/** Sources that start together need not poll together: the first poll comes within this, in milliseconds. */
const SPREAD = 1_000;
/** The longest that a runner sleeps without a look at the ledger: clocks may be set. In milliseconds. */
const LONGEST_SLEEP = 5 * MINUTE;
/** The shortest, where something is due that somebody else has in hand. */
const SHORTEST_SLEEP = 50;
/** The same, while some of what is due is under way. */
const BUSY_SLEEP = 1_000;
/** How often it is looked whether the collector is back, in milliseconds. */
const AWAY_SLEEP = 1_000;

export interface SourceRunnerOptions {
  readonly config: SourceConfig;
  readonly source: Source;
  readonly ledger: Ledger;
  readonly recorder: Recorder;
  readonly breaker: CircuitBreaker;
  /** Names of other sources that send to the same place. */
  readonly rivals?: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
  readonly telemetry: Telemetry;
  readonly pollInterval: number;
  readonly lookback: number;
  /** Webhooks of this source are taken, so what one has still to bring is waited for. */
  readonly takesWebhooks?: boolean;
  readonly onProcessed?: (conversation: string, processed: Processed) => void;
  readonly onSeen?: (ref: ConversationRef) => void;
  /** Names in a payload or a list that callspan does not know. */
  readonly onDrift?: (names: readonly string[], conversation: string) => void;
  /** The vendor has refused the key. */
  readonly onRefused?: () => void;
  /** The clock has been set back by about so many milliseconds. */
  readonly onSetBack?: (millis: number) => void;
}

/** One source's part of the bridge: it lists and works off, and its troubles stay its own. */
export class SourceRunner {
  readonly name: string;
  readonly id: number;
  readonly inbox: InboxReader;
  readonly #options: SourceRunnerOptions;
  readonly #discovery: Discovery;
  readonly #pipeline: Pipeline;
  readonly #repair: Repair;
  readonly #worker: Worker;
  readonly #health: SourceHealth;
  readonly #wakeUp: WakeUp;
  readonly #clocks: Clocks;
  readonly #backfills = new Set<Backfill>();
  #listedAt: number | undefined;

  /** @throws ConfigError where the ledger knows the source as another provider's; LedgerError. */
  static async create(options: SourceRunnerOptions): Promise<SourceRunner> {
    const { source, ledger } = options;
    return new SourceRunner(await ledger.source(source.name, source.provider), options);
  }

  private constructor(id: number, options: SourceRunnerOptions) {
    const { source, ledger, recorder, breaker, clock, log, lookback, pollInterval, onProcessed, onSeen } =
      options;
    this.#options = options;
    this.name = source.name;
    this.id = id;
    const { onDrift = () => undefined } = options;
    this.#wakeUp = new WakeUp(clock);
    const { takesWebhooks = false, config, rivals = [], telemetry } = options;
    this.inbox = new InboxReader({
      ...{ ledger, id, clock, config, takesWebhooks, firstFetchDelay: source.firstFetchDelay },
      onNews: () => this.#wakeUp.ring(),
    });
    this.#clocks = new Clocks({
      ...{ source, id, ledger, pollInterval, clock, log },
      onSetBack: (back) => {
        this.#wakeUp.ring();
        options.onSetBack?.(back);
      },
    });
    this.#health = new SourceHealth(clock, log, Math.max(SPREAD, pollInterval), options.onRefused);
    this.#discovery = new Discovery({
      ...{ source, ledger, id, lookback, pollInterval, clock, onDrift },
      onNews: () => this.#wakeUp.ring(),
      ...(onSeen === undefined ? {} : { onSeen }),
    });
    this.#pipeline = new Pipeline({
      ...{ source, id, breaker, ledger, recorder, clock, log, onDrift },
      ...{ telemetry, rivals, zeroRetention: config.zeroRetention, awaitsWebhook: takesWebhooks },
      destination: config.destination,
    });
    this.#repair = new Repair({ source, id, breaker, ledger, log, pipeline: this.#pipeline });
    this.#worker = new Worker({
      ...{ ledger, id, breaker, pipeline: this.#pipeline, clock, concurrency: config.concurrency },
      onProcessed: (conversation, processed) => {
        if (processed.kind !== 'postponed') this.#health.over('fetching');
        for (const backfill of this.#backfills) backfill.processed(conversation, processed);
        onProcessed?.(conversation, processed);
      },
    });
  }

  /** Lists and works off until `signals.stop`. @returns its loops; each may reject with a LedgerError. */
  run(signals: Signals): Promise<void>[] {
    const { stop } = signals;
    const begun = this.#clocks.begin(SPREAD);
    const list = (firstPoll: number) => this.#keepListing(firstPoll, stop);
    const work = () => this.#keepWorking(signals);
    const sweep = () => this.#keepSweeping(stop);
    return [list, work, sweep, () => this.inbox.run(stop)].map((loop) => begun.then(loop));
  }

  /**
   * Lists once, and works off what is there, ripe or not.
   * @throws SourceDown or CollectorDown where something that was ready could not be delivered; LedgerError.
   */
  async runOnce(signals: Signals): Promise<void> {
    try {
      await this.#discovery.poll(signals.stop, { whole: (await this.#discovery.untilSweep()) === 0 });
    } catch (error) {
      signals.stop.throwIfAborted();
      throw asSourceDown(error);
    }
    await this.inbox.takeWaiting();
    await this.#worker.drain(signals, { early: true });
  }

  /** Works off what is due now. @throws SourceDown, CollectorDown, LedgerError */
  async drain(signals: Signals): Promise<void> {
    await this.#worker.drain(signals);
  }

  /** Works off what is due until `signals.stop`, and lists nothing. @throws SourceDown, CollectorDown, LedgerError */
  async work(signals: Signals): Promise<void> {
    while (!signals.stop.aborted) {
      await this.#drain(signals);
      await this.#wakeUp.sleep(await this.#untilDue(), signals.stop);
    }
  }

  /**
   * Delivers a stretch of the past, whatever the look-back; somebody must be working.
   * @throws SourceDown where the list of it cannot be had; LedgerError; the signal's reason.
   */
  async backfill(
    stretch: Stretch,
    { stop }: Signals,
    tell: (figures: BackfillFigures) => void,
  ): Promise<void> {
    const { clock, ledger } = this.#options;
    const backfill = new Backfill(tell, () => clock.now());
    this.#backfills.add(backfill);
    try {
      for await (const refs of this.#discovery.past(stretch, stop)) {
        crashPoint('during-backfill');
        await this.#discovery.take(refs.filter((ref) => !ref.ended));
        const ended = refs.filter((ref) => ref.ended);
        const wishes = ended.map(({ id, startedAt, endedAt }) => ({ id, startedAt, endedAt }));
        const granted = await ledger.conversations.want(this.id, wishes, clock.now(), stretch.forced);
        for (const [index, { id }] of ended.entries()) backfill.found(id, granted[index] ?? 'settled');
        for (const { id } of refs) if (!ended.some((ref) => ref.id === id)) backfill.found(id, 'later');
        this.#wakeUp.ring();
      }
      await backfill.finished(stop);
    } catch (error) {
      stop.throwIfAborted();
      throw asSourceDown(error);
    } finally {
      this.#backfills.delete(backfill);
    }
  }

  /** As `backfill`, where nobody is working. @throws CollectorDown too. */
  async backfillAlone(
    stretch: Stretch,
    signals: Signals,
    tell: (figures: BackfillFigures) => void,
  ): Promise<void> {
    const done = new AbortController();
    const both = { ...signals, stop: AbortSignal.any([signals.stop, done.signal]) };
    const working = this.work(both).catch((error: unknown) => done.abort(error));
    try {
      await this.backfill(stretch, both, tell);
    } finally {
      done.abort();
      await working;
    }
  }

  /**
   * Delivers one conversation now, if that is not done yet or with `forced` once more.
   * @param order.forced also what was settled before this moment, unix milliseconds.
   */
  async export(order: { id: string; forced: number | undefined }, signals: Signals): Promise<ExportResult> {
    const { clock, ledger } = this.#options;
    return await exportOne({ ledger, id: this.id, worker: this.#worker, clock }, order, signals);
  }

  /** Sends again what is missing of delivered conversations, where they still are what they were. */
  async repair(
    items: readonly RepairItem[],
    signals: Signals,
    tell: (result: RepairResult) => void,
  ): Promise<RepairResult> {
    return await this.#repair.run(items, signals, tell);
  }

  /** Makes due now what waits for another attempt. @returns how many conversations. */
  async revive(which: Revived): Promise<number> {
    const { ledger, clock } = this.#options;
    const revived = await ledger.conversations.revive(this.id, which, clock.now());
    this.#wakeUp.ring();
    return revived;
  }

  async #keepListing(firstPoll: number, stop: AbortSignal): Promise<void> {
    const { clock, pollInterval, ledger, breaker, telemetry } = this.#options;
    await rest(clock, Math.min(firstPoll - clock.now(), SPREAD), stop);
    while (!stop.aborted) {
      await rest(clock, this.#health.rest('listing'), stop);
      await this.#clocks.mendPlans();
      const began = clock.now();
      let next = began + pollInterval;
      // While the collector is away there is little use in finding more.
      const isWorthWhile = !breaker.isAway || Math.abs(began - (this.#listedAt ?? 0)) >= LONGEST_PAUSE;
      if (stop.aborted) return;
      if (isWorthWhile) {
        this.#listedAt = began;
        const work = telemetry.poll(this.name);
        const complete = await this.#attempt('listing', () => this.#discovery.poll(stop), stop);
        work.end(complete ? 'complete' : 'failed', { failed: !complete });
        // A list that takes long to walk is not walked all the time.
        const took = Math.max(0, Math.min(clock.now() - began, LONGEST_PAUSE));
        next = Math.max(next, clock.now() + took);
        if (stop.aborted) return;
        const left = this.#health.rest('listing');
        telemetry.polled(this.name, { at: began, next: Math.max(next, clock.now() + left), complete });
        this.#clocks.tell();
        await ledger.sources.polled(this.id, { at: began, next, error: this.#complaint });
      } else if (this.#listedAt !== undefined) {
        // Not listed, and it is told why.
        await ledger.sources.polled(this.id, { at: this.#listedAt, next, error: this.#complaint });
      }
      await rest(clock, Math.min(next - clock.now(), Math.max(pollInterval, LONGEST_PAUSE)), stop);
    }
  }

  async #keepSweeping(stop: AbortSignal): Promise<void> {
    const { clock, pollInterval, breaker } = this.#options;
    while (!stop.aborted) {
      await rest(clock, Math.max(pollInterval, await this.#discovery.untilSweep()), stop);
      // A poll finds out whether the list works again.
      if ((await this.#discovery.untilSweep()) > 0 || this.#health.lasts('listing') || breaker.isAway)
        continue;
      await this.#attempt('listing', () => this.#discovery.sweep(stop), stop);
    }
  }

  async #keepWorking(signals: Signals): Promise<void> {
    const { stop } = signals;
    while (!stop.aborted) {
      const left = this.#health.rest('fetching');
      if (left > 0) {
        await this.#wakeUp.sleep(left, stop);
        continue;
      }
      await this.#attempt('fetching', () => this.#drain(signals), stop);
      await this.#wakeUp.sleep(await this.#untilDue(), stop);
    }
  }

  /** Works off what is due, and what becomes due while some of it takes its time. */
  async #drain(signals: Signals): Promise<number> {
    let isBusy = true;
    const draining = this.#worker.drain(signals).finally(() => {
      isBusy = false;
      this.#wakeUp.ring();
    });
    // Awaited below; until then its failure must not count as one that nobody looks at.
    draining.catch(() => undefined);
    while (isBusy && !signals.stop.aborted) {
      await this.#wakeUp.sleep(Math.max(BUSY_SLEEP, await this.#untilDue()), signals.stop);
      if (isBusy) this.#worker.lookAgain();
    }
    return await draining;
  }

  /** Milliseconds until there may be something to do. */
  async #untilDue(): Promise<number> {
    const { clock, breaker, ledger } = this.#options;
    if (!breaker.wantsMore) return AWAY_SLEEP;
    const due = (await ledger.conversations.nextDue(this.id)) ?? Number.POSITIVE_INFINITY;
    return Math.min(LONGEST_SLEEP, Math.max(SHORTEST_SLEEP, due - clock.now()));
  }

  /** Does `work`; where the source cannot be used, says so once and lets it rest. @throws LedgerError */
  async #attempt(
    what: 'listing' | 'fetching',
    work: () => Promise<number>,
    stop: AbortSignal,
  ): Promise<boolean> {
    if (stop.aborted) return false;
    try {
      const conversations = await work();
      this.#options.log.debug({ conversations }, `${what} is done`);
      if (what === 'listing') this.#listed();
      return true;
    } catch (error) {
      if (error instanceof LedgerError || !stop.aborted) this.#health.add(what, asSourceDown(error));
      return false;
    }
  }

  /** The list could be walked, so the vendor answers: what could not be fetched may be worth a try. */
  #listed(): void {
    this.#pipeline.vendorAnswers();
    if (this.#health.over('listing') && this.#health.hope('fetching')) this.#wakeUp.ring();
  }

  /** What is wrong with the source, or else with where its conversations go, or else with a clock. */
  get #complaint(): string | undefined {
    const { breaker, source } = this.#options;
    return this.#health.complaint ?? breaker.complaint ?? source.clockTrouble;
  }
}
