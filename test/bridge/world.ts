import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CallBook,
  type ElevenLabsOptions,
  type ElevenLabsServer,
  type RetellOptions,
  type RetellServer,
  type Sink,
  type SinkOptions,
  startElevenLabs,
  startRetell,
  startSink,
  startTavus,
  startVapi,
  type TavusOptions,
  type TavusServer,
  type VapiOptions,
  type VapiServer,
} from '../../sandbox/index.ts';
import { Bridge, type Summary } from '../../src/bridge/bridge.ts';
import { type Config, loadConfig } from '../../src/config/config.ts';
import { openLedger } from '../../src/ledger/open.ts';
import type { Log } from '../../src/telemetry/log.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const KEY = 'key-that-must-stay-secret';

/** Vendors and a collector on loopback, and a folder for ledgers. */
export interface World {
  readonly book: CallBook;
  readonly elevenLabs: ElevenLabsServer;
  readonly tavus: TavusServer;
  /** Where it was asked for. */
  readonly retell: RetellServer | undefined;
  /** The same. */
  readonly vapi: VapiServer | undefined;
  readonly sink: Sink;
  readonly folder: string;
  /** Settings that lead there. */
  readonly environment: Record<string, string>;
  /** Takes the bridge through the road once. */
  runOnce(settings?: Record<string, string>): Promise<Summary & { log: LogLine[] }>;
  close(): Promise<void>;
}

export interface WorldOptions {
  readonly elevenLabs?: Partial<ElevenLabsOptions>;
  readonly tavus?: Partial<TavusOptions>;
  readonly retell?: Partial<RetellOptions>;
  readonly vapi?: Partial<VapiOptions>;
  readonly sink?: SinkOptions;
}

export async function makeWorld(options: WorldOptions = {}): Promise<World> {
  const book = new CallBook();
  const elevenLabs = await startElevenLabs({ book, apiKey: KEY, ...options.elevenLabs });
  const tavus = await startTavus({ book, apiKey: KEY, ...options.tavus });
  const retell = options.retell && (await startRetell({ book, apiKey: KEY, ...options.retell }));
  const vapi = options.vapi && (await startVapi({ book, apiKey: KEY, ...options.vapi }));
  const sink = await startSink(options.sink);
  const folder = await mkdtemp(join(tmpdir(), 'callspan-test-'));
  const environment = {
    ELEVENLABS_API_KEY: KEY,
    ELEVENLABS_BASE_URL: elevenLabs.url,
    TAVUS_API_KEY: KEY,
    TAVUS_BASE_URL: tavus.url,
    ...(retell === undefined ? {} : { RETELL_API_KEY: KEY, RETELL_BASE_URL: retell.url }),
    ...(vapi === undefined ? {} : { VAPI_API_KEY: KEY, VAPI_BASE_URL: vapi.url }),
    OTEL_EXPORTER_OTLP_ENDPOINT: sink.url,
    CALLSPAN_STATE: join(folder, 'callspan.db'),
  };
  return {
    ...{ book, elevenLabs, tavus, retell, vapi, sink, folder, environment },
    async runOnce(settings = {}) {
      return await carryOnce(await loadConfig({ ...environment, ...settings }));
    },
    async close() {
      await Promise.all([elevenLabs.close(), tavus.close(), retell?.close(), vapi?.close(), sink.close()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function carryOnce(config: Config): Promise<Summary & { log: LogLine[] }> {
  const log = recordingLog();
  const ledger = await openLedger(config.state);
  try {
    const summary = await new Bridge({ config, ledger, log: log.log }).runOnce(new AbortController().signal);
    return { ...summary, log: log.lines };
  } finally {
    await ledger.close();
  }
}

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A log that keeps its lines. */
export function recordingLog(lines: LogLine[] = []): { log: Log; lines: LogLine[] } {
  const make = (bound: Readonly<Record<string, unknown>>): Log => {
    const write =
      (level: LogLine['level']) => (first: Readonly<Record<string, unknown>> | string, message?: string) => {
        const fields = typeof first === 'string' ? {} : first;
        lines.push({
          level,
          message: typeof first === 'string' ? first : (message ?? ''),
          fields: { ...bound, ...fields },
        });
      };
    return {
      debug: write('debug'),
      info: write('info'),
      warn: write('warn'),
      error: write('error'),
      child: (fields) => make({ ...bound, ...fields }),
    };
  };
  return { log: make({}), lines };
}
