import { join } from 'node:path';
import type { SandboxServer } from '../../sandbox/http/server.ts';
import {
  CallBook,
  type ElevenLabsOptions,
  type ElevenLabsServer,
  type Provider,
  type Sink,
  startElevenLabs,
  startRetell,
  startSink,
  startTavus,
  startVapi,
  type TavusServer,
} from '../../sandbox/index.ts';
import { Bridge } from '../../src/bridge/bridge.ts';
import { loadConfig } from '../../src/config/config.ts';
import type { Ledger } from '../../src/ledger/contract.ts';
import { openLedger } from '../../src/ledger/open.ts';
import { loadVendor } from '../../src/vendors/registry.ts';
import { ledgerFolder } from '../bridge/simulation.ts';
import type { VirtualClock } from '../bridge/virtual-clock.ts';
import { type LogLine, recordingLog } from '../bridge/world.ts';
import { loopbackClock } from './loopback-clock.ts';

const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
export const BEGIN = Date.UTC(2026, 2, 1, 12);

/** A whole bridge on virtual time between both vendors and a collector, all three of them real servers on loopback. */
export interface BridgeWorld {
  readonly clock: VirtualClock;
  readonly book: CallBook;
  readonly elevenLabs: ElevenLabsServer;
  readonly tavus: TavusServer;
  readonly third: SandboxServer | undefined;
  readonly sink: Sink;
  readonly ledger: Ledger;
  readonly log: LogLine[];
  /** Ordinary conversations that start in a stretch of time, spread evenly. */
  add(provider: Provider, count: number, from: number, to: number): string[];
  start(): void;
  /** Ends the bridge and the servers. @throws what the bridge has failed with. */
  close(): Promise<void>;
}

export async function makeBridgeWorld(
  options: {
    elevenLabs?: Partial<ElevenLabsOptions>;
    settings?: Record<string, string>;
    /** One more vendor beside both. */
    third?: 'retell' | 'vapi';
  } = {},
): Promise<BridgeWorld> {
  const clock = loopbackClock({ now: BEGIN, seed: 3 });
  const book = new CallBook();
  const shared = { book, apiKey: 'test-key', now: () => clock.trueNow() };
  const elevenLabs = await startElevenLabs({ ...shared, ...options.elevenLabs });
  const tavus = await startTavus(shared);
  const third = options.third && (await (options.third === 'retell' ? startRetell : startVapi)(shared));
  const ofThird = third &&
    options.third && {
      [`${options.third.toUpperCase()}_API_KEY`]: 'test-key',
      [`${options.third.toUpperCase()}_BASE_URL`]: third.url,
    };
  const sink = await startSink();
  const folder = await ledgerFolder();
  const ledger = await openLedger(join(folder.path, 'callspan.db'));
  const config = await loadConfig({
    ELEVENLABS_API_KEY: 'test-key',
    ELEVENLABS_BASE_URL: elevenLabs.url,
    TAVUS_API_KEY: 'test-key',
    TAVUS_BASE_URL: tavus.url,
    OTEL_EXPORTER_OTLP_ENDPOINT: sink.url,
    ...ofThird,
    ...options.settings,
  });
  // A module that is loaded takes true time, which virtual time does not wait for.
  for (const { provider } of config.sources) await loadVendor(provider);
  const { log, lines } = recordingLog();
  const stop = new AbortController();
  let running = Promise.resolve();
  return {
    ...{ clock, book, elevenLabs, tavus, third, sink, ledger, log: lines },
    add: (provider, count, from, to) =>
      book.fill({ provider, seed: 4, count, from, to, scenario: 'ordinary', firstIndex: book.size }),
    start() {
      running = new Bridge({ config, ledger, log, clock }).run(stop.signal);
      running.catch(() => undefined);
    },
    async close() {
      stop.abort(new Error('The test is over'));
      // What is being recorded is recorded.
      await clock.pass(clock.trueNow() + 100);
      await Promise.all([elevenLabs.close(), tavus.close(), third?.close(), sink.close()]);
      try {
        await running;
      } finally {
        await ledger.close();
        await folder.remove();
      }
    },
  };
}

/** What has become of the conversations of one source, and what was said of it. */
export async function outcome(world: BridgeWorld, provider: Provider) {
  const { ledger, log } = world;
  const row = (await ledger.sources.all()).find(({ name }) => name === provider);
  const { delivered, dead } =
    row === undefined ? { delivered: 0, dead: 0 } : await ledger.sources.tallies(row.id);
  const said = (level: LogLine['level']) =>
    log.filter((line) => line.level === level && line.fields.source === provider);
  const messages = (level: LogLine['level']) => said(level).map(({ message }) => message);
  return { delivered, dead, errors: messages('error'), warnings: messages('warn') };
}

/** Spans that arrived more than once. */
export function repeated({ sink }: BridgeWorld): string[] {
  return sink
    .traces()
    .flatMap((traceId) => sink.spans(traceId))
    .filter(({ arrivals }) => arrivals > 1)
    .map(({ spanId }) => spanId);
}
