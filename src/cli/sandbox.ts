import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDemoVendors, startSink, startTraceStore } from '../../sandbox/index.ts';
import { ConfigError } from '../config/config.ts';
import { rest, systemClock } from '../time/clock.ts';
import { parseDuration } from '../time/duration.ts';
import { settingsOf } from './demo.ts';
import { EXIT, stopSignal } from './exit.ts';
import { print, tell } from './output.ts';

export interface SandboxOptions {
  /** The collector's port, and that of the trace store. */
  readonly collectorPort: string;
  readonly storePort: string;
  /** How often another conversation takes place; `0s`: never. */
  readonly every: string;
}

const KEY = 'sandbox-key';
const MOST_PORT = 65_535;
/** So long nobody waits, in milliseconds. */
const NEVER = 365 * 86_400_000;

/**
 * `callspan sandbox`: simulated vendors, a collector and a trace store that stay up until they are told to stop, and
 * the settings that lead there, as lines for a shell. Whatever callspan does can be tried on it.
 */
export async function sandbox({ collectorPort, storePort, every }: SandboxOptions): Promise<number> {
  const stop = stopSignal();
  const pause = parseDuration(every);
  if (pause === undefined) throw new ConfigError(`--every ${every}: expected a duration such as 30s.`);
  const folder = await mkdtemp(join(tmpdir(), 'callspan-sandbox-'));
  const servers: { close(): Promise<void> }[] = [];
  try {
    const vendors = await startDemoVendors(KEY, Date.now());
    servers.push(...vendors.map(({ server }) => server));
    // Only digests: it may stay up for long.
    const sink = await startSink({ keep: 'digests', port: port('--collector-port', collectorPort) });
    servers.push(sink);
    const store = await startTraceStore(sink, { port: port('--store-port', storePort) });
    servers.push(store);
    const settings = {
      ...Object.fromEntries(vendors.flatMap((vendor) => settingsOf(vendor, KEY))),
      OTEL_EXPORTER_OTLP_ENDPOINT: sink.url,
      CALLSPAN_STATE: join(folder, 'callspan.db'),
    };
    print(
      '# Simulated vendors, a collector and a trace store are up. In another shell:',
      ...Object.entries(settings).map(([name, value]) => `export ${name}=${value}`),
      ...vendors.flatMap(({ provider, ids }) => ids.map((id) => `# a conversation: ${provider} ${id}`)),
      `# the trace store: callspan verify ${store.url} --against jaeger`,
      '# ready',
    );
    for (let index = 0; !stop.aborted; index++) {
      await rest(systemClock, pause === 0 ? NEVER : pause, stop);
      if (!stop.aborted && pause > 0) {
        const vendor = vendors[index % vendors.length];
        if (vendor !== undefined)
          tell(`another conversation: ${vendor.provider} ${vendor.another(Date.now())}`);
      }
    }
    return EXIT.ok;
  } finally {
    await Promise.all(servers.map((server) => server.close()));
    await rm(folder, { recursive: true, force: true });
  }
}

/** 0: any that is free. */
function port(option: string, text: string): number {
  const number = Number(text);
  if (!/^\d{1,5}$/.test(text) || number > MOST_PORT) {
    throw new ConfigError(`${option} ${text}: expected a port, or 0 for any that is free.`);
  }
  return number;
}
