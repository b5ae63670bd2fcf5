import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Provider } from '../../sandbox/index.ts';
import { Recorder } from '../../src/bridge/recorder.ts';
import { SourceRunner } from '../../src/bridge/source-runner.ts';
import { together } from '../../src/bridge/together.ts';
import { type Config, loadConfig } from '../../src/config/config.ts';
import { CircuitBreaker } from '../../src/delivery/circuit-breaker.ts';
import type { Delivery } from '../../src/delivery/delivery.ts';
import type { Outcome } from '../../src/delivery/outcome.ts';
import type { HttpClient } from '../../src/http/client.ts';
import type { Ledger } from '../../src/ledger/contract.ts';
import { openLedger } from '../../src/ledger/open.ts';
import { NO_TELEMETRY } from '../../src/telemetry/no-telemetry.ts';
import type { Telemetry } from '../../src/telemetry/telemetry.ts';
import { type SpanBatch, toOtlp } from '../../src/trace/span-batch.ts';
import { loadVendor, profileOf } from '../../src/vendors/registry.ts';
import type { Source } from '../../src/vendors/vendor.ts';
import type { VirtualClock } from './virtual-clock.ts';
import { type LogLine, recordingLog } from './world.ts';

/** A collector without a network: takes everything, or answers what it is told to. */
export class SimulatedCollector implements Delivery {
  /** How often each span came, by conversation. */
  readonly arrivals = new Map<string, Map<string, number>>();
  deliveries = 0;
  readonly #answer: (conversation: string) => Outcome | undefined;

  constructor(answer: (conversation: string) => Outcome | undefined = () => undefined) {
    this.#answer = answer;
  }

  async deliver(batch: SpanBatch): Promise<Outcome> {
    const spans = toOtlp(batch).resourceSpans.flatMap(({ scopeSpans }) =>
      scopeSpans.flatMap((scope) => scope.spans),
    );
    const conversation = String(
      spans[0]?.attributes?.find(({ key }) => key === 'gen_ai.conversation.id')?.value.stringValue,
    );
    this.deliveries++;
    const outcome = this.#answer(conversation);
    if (outcome && outcome.kind !== 'accepted') return outcome;
    const known = this.arrivals.get(conversation) ?? new Map<string, number>();
    this.arrivals.set(conversation, known);
    for (const { spanId } of spans) known.set(spanId, (known.get(spanId) ?? 0) + 1);
    return outcome ?? { kind: 'accepted', rejectedSpans: 0 };
  }

  /** Conversations any span of which came more than once. */
  get repeated(): string[] {
    return [...this.arrivals]
      .filter(([, spans]) => [...spans.values()].some((count) => count > 1))
      .map(([conversation]) => conversation);
  }

  async close(): Promise<void> {}
}

export interface SimulationOptions {
  readonly clock: VirtualClock;
  readonly provider: Provider;
  readonly vendor: HttpClient;
  readonly collector: Delivery;
  /** The ledger's file. */
  readonly file: string;
  readonly settings?: Record<string, string>;
  /** @default nobody listens */
  readonly telemetry?: Telemetry;
}

/** One source's runner on virtual time, with everything of production but the network. */
export class Simulation {
  readonly log: LogLine[] = [];
  readonly #options: SimulationOptions;
  #running: { ledger: Ledger; runner: SourceRunner; stop: AbortController; ended: Promise<void> } | undefined;

  constructor(options: SimulationOptions) {
    this.#options = options;
  }

  get ledger(): Ledger {
    if (!this.#running) throw new Error('The bridge is down');
    return this.#running.ledger;
  }

  get runner(): SourceRunner {
    if (!this.#running) throw new Error('The bridge is down');
    return this.#running.runner;
  }

  get isUp(): boolean {
    return this.#running !== undefined;
  }

  async start(onDrift?: (names: readonly string[], conversation: string) => void): Promise<void> {
    const { clock, provider, vendor, collector, file, settings, telemetry = NO_TELEMETRY } = this.#options;
    const config = await settingsOf(provider, settings);
    const source = config.sources[0];
    if (source === undefined) throw new Error('There is no source');
    const ledger = await openLedger(file);
    const runner = await SourceRunner.create({
      telemetry,
      config: source,
      source: await sourceOf(provider, vendor, clock, source.settle),
      ledger,
      recorder: new Recorder(ledger, clock),
      breaker: new CircuitBreaker(collector, { clock }),
      clock,
      log: recordingLog(this.log).log,
      pollInterval: config.pollInterval,
      lookback: config.lookback,
      ...(onDrift === undefined ? {} : { onDrift }),
    });
    const stop = new AbortController();
    const ended = together(runner.run({ stop: stop.signal, abort: stop.signal }), () => stop.abort());
    ended.catch(() => undefined);
    this.#running = { ledger, runner, stop, ended };
  }

  /** Ends the bridge in order. */
  async stop(): Promise<void> {
    const running = this.#running;
    if (!running) return;
    this.#running = undefined;
    running.stop.abort(new Error('stopped'));
    // What is being recorded is recorded.
    await this.#options.clock.pass(this.#options.clock.trueNow() + 100);
    await running.ended;
    await running.ledger.close();
  }
}

async function settingsOf(provider: Provider, settings: Record<string, string> = {}): Promise<Config> {
  const key = profileOf(provider)?.keyVariable ?? '';
  return await loadConfig({ [key]: 'test-key', ...settings });
}

async function sourceOf(
  provider: Provider,
  client: HttpClient,
  clock: VirtualClock,
  settle: number,
): Promise<Source> {
  const settings = {
    source: provider,
    content: 'none',
    systemPrompt: false,
    resource: {},
    secrets: [],
  } as const;
  const account = { name: provider, provider, apiKey: 'test-key', baseUrl: 'http://vendor', settle };
  const vendor = await loadVendor(provider);
  return vendor.source({ ...account, agents: [], concurrency: 4 }, { client, clock, settings });
}

/** A folder for ledgers, in memory where there is such a place: weeks of flushes would take their time on a disk. */
export async function ledgerFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'callspan-test-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
