import type { FaultKind, PlacedFault } from '../../sandbox/index.ts';
import { loadConfig } from '../../src/config.ts';
import type { TraceSettings } from '../../src/trace/settings.ts';
import { traceSettings } from '../../src/vendors/registry.ts';
import { makeWorld, type World } from '../bridge/world.ts';

/** Shares of the requests that are struck. */
const RATES = { list: 0.08, get: 0.08, traces: 0.08 };

/** What a vendor does wrong now and then. */
const VENDOR_FAULTS: readonly FaultKind[] = [
  'status',
  'status',
  'html',
  'truncated',
  'invalid-utf8',
  'garbage',
  'drip',
  'delay',
  'silence',
  'reset-before-headers',
  'reset-mid-body',
  'redirect',
];
/** What a collector does wrong now and then. */
const SINK_FAULTS: readonly FaultKind[] = [
  'status',
  'status',
  'html',
  'drip',
  'delay',
  'silence',
  'reset-before-headers',
  'reset-mid-body',
  'accept-then-reset',
  'accept-then-reset',
];

export interface ChaosWorld extends World {
  /** What a translation depends on, as the program reads it from `environment`. */
  readonly settings: Readonly<Record<'elevenlabs' | 'tavus', TraceSettings>>;
  /** How many requests were struck. */
  readonly faultsServed: { readonly vendors: number; readonly collector: number };
  /** From now on everybody behaves. */
  calm(): void;
}

/**
 * Both vendors and a collector, all of which misbehave as drawn by a seed; and settings with which nobody has to
 * wait long for anything.
 */
export async function makeChaosWorld(seed: number): Promise<ChaosWorld> {
  const world = await makeWorld({
    tavus: { order: seed % 2 === 0 ? 'newest' : 'oldest' },
    // Half of the ElevenLabs traces are larger and have to be sent in parts.
    sink: { keep: 'digests', maxBytes: 40_000, tooLarge: seed % 2 === 0 ? 413 : 400 },
  });
  const environment = {
    ...world.environment,
    OTEL_EXPORTER_OTLP_TIMEOUT: '1000',
    CALLSPAN_POLL_INTERVAL: '200ms',
    CALLSPAN_TAVUS_SETTLE: '0s',
  };
  const { sources } = await loadConfig(environment);
  const settings = new Map(sources.map((source) => [source.provider, traceSettings(source)]));
  const settingsOf = (provider: 'elevenlabs' | 'tavus') => {
    const found = settings.get(provider);
    if (found === undefined) throw new Error(`The settings have no ${provider}.`);
    return found;
  };
  const { elevenLabs, tavus, sink } = world;
  const vendorFaults: PlacedFault[] = [];
  for (const vendor of [elevenLabs, tavus]) {
    for (const route of ['list', 'get'] as const) {
      vendorFaults.push(vendor.faults.random({ seed, rate: RATES[route], kinds: VENDOR_FAULTS, route }));
    }
  }
  const random = { seed, rate: RATES.traces / 2, route: 'traces' };
  const sinkFaults = [
    sink.faults.random({ ...random, kinds: SINK_FAULTS }),
    // It takes the spans, and answers that it has not, or nothing at all.
    sink.faults.add({
      route: 'traces',
      fault: { kind: 'status', status: 503, accepts: true },
      when: every(60),
    }),
    sink.faults.add({ route: 'traces', fault: { kind: 'silence', accepts: true }, when: every(90) }),
  ];
  const sum = (faults: readonly PlacedFault[]) => faults.reduce((total, { hits }) => total + hits, 0);
  return {
    ...world,
    environment,
    settings: { elevenlabs: settingsOf('elevenlabs'), tavus: settingsOf('tavus') },
    get faultsServed() {
      return { vendors: sum(vendorFaults), collector: sum(sinkFaults) };
    },
    calm() {
      for (const server of [elevenLabs, tavus, sink]) server.faults.clear();
    },
  };
}

/** True once in so many times. */
function every(times: number): () => boolean {
  let count = 0;
  return () => ++count % times === 0;
}
