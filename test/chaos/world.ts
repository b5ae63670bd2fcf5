import {
  type FaultKind,
  type PlacedFault,
  type Provider,
  type Sink,
  startSink,
} from '../../sandbox/index.ts';
import { loadConfig, traceSettings } from '../../src/config/config.ts';
import type { TraceSettings } from '../../src/trace/settings.ts';
import { makeWorld, type World } from '../bridge/world.ts';
import { TRUSTED } from './letters.ts';
import { startPoisoner } from './poison.ts';

/** Shares of the requests that are struck. */
const RATES = { list: 0.08, get: 0.08, traces: 0.05, metrics: 0.2 };

/** Conversations on one page of a list: few, so that a walk can be interrupted in many places. */
const PAGE = 15;

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

/** Numbers are sent again and again: a request of theirs may as well be lost. */
const METRICS_FAULTS: readonly FaultKind[] = ['status', 'silence', 'reset-before-headers', 'reset-mid-body'];

export interface ChaosWorld extends World {
  /** Where the numbers go; it takes larger requests than that for spans. */
  readonly numbers: Sink;
  /** What a translation depends on, as the program reads it from `environment`. */
  readonly settings: Readonly<Record<Provider, TraceSettings>>;
  /** How many requests were struck. */
  readonly faultsServed: { readonly vendors: number; readonly collector: number };
  /** Rows and bodies that no bridge can do anything with. */
  readonly poison: { readonly rows: number; readonly bodies: number };
  /** From now on the collector takes everything and answers nothing. @returns ends that */
  silence(): () => void;
  /** From now on everybody behaves. */
  calm(): void;
}

/**
 * All vendors and a collector, all of which misbehave as drawn by a seed; and settings with which nobody has to
 * wait long for anything.
 * @param state where the ledger is, where it is no file.
 */
export async function makeChaosWorld(seed: number, hasPoison: boolean, state?: string): Promise<ChaosWorld> {
  const world = await makeWorld({
    elevenLabs: { pageCap: PAGE },
    tavus: { order: seed % 2 === 0 ? 'newest' : 'oldest', pageCap: PAGE },
    retell: { pageCap: PAGE },
    vapi: { order: seed % 2 === 0 ? 'unstable' : 'newest' },
    // Half of the ElevenLabs traces are larger and have to be sent in parts.
    sink: { keep: 'digests', maxBytes: 40_000, tooLarge: seed % 2 === 0 ? 413 : 400 },
  });
  const numbers = await startSink();
  const { elevenLabs, tavus, retell, vapi, sink } = world;
  if (retell === undefined || vapi === undefined) throw new Error('It was asked for');
  const vendors = { elevenlabs: elevenLabs, tavus, retell, vapi };
  const dose = { seed, ...(hasPoison ? {} : { share: 0 }) };
  const poisoners = {
    elevenlabs: await startPoisoner(elevenLabs.url, { provider: 'elevenlabs', ...dose }),
    tavus: await startPoisoner(tavus.url, { provider: 'tavus', ...dose }),
    retell: await startPoisoner(retell.url, { provider: 'retell', ...dose }),
    vapi: await startPoisoner(vapi.url, { provider: 'vapi', ...dose }),
  };
  const environment = {
    ...world.environment,
    ELEVENLABS_BASE_URL: poisoners.elevenlabs.url,
    TAVUS_BASE_URL: poisoners.tavus.url,
    RETELL_BASE_URL: poisoners.retell.url,
    VAPI_BASE_URL: poisoners.vapi.url,
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: numbers.metricsUrl,
    OTEL_EXPORTER_OTLP_TIMEOUT: '1000',
    OTEL_METRIC_EXPORT_INTERVAL: '300',
    CALLSPAN_POLL_INTERVAL: '200ms',
    ...(state === undefined ? TRUSTED : { CALLSPAN_STATE: state }),
    CALLSPAN_TAVUS_SETTLE: '0s',
    CALLSPAN_RETELL_SETTLE: '0s',
    CALLSPAN_VAPI_SETTLE: '0s',
  };
  const { sources } = await loadConfig(environment);
  const settings = new Map(sources.map((source) => [source.provider, traceSettings(source)]));
  const settingsOf = (provider: Provider) => {
    const found = settings.get(provider);
    if (found === undefined) throw new Error(`The settings have no ${provider}.`);
    return found;
  };
  const vendorFaults: PlacedFault[] = [];
  for (const vendor of Object.values(vendors)) {
    for (const route of ['list', 'get'] as const) {
      vendorFaults.push(vendor.faults.random({ seed, rate: RATES[route], kinds: VENDOR_FAULTS, route }));
    }
  }
  const sinkFaults = [
    sink.faults.random({ seed, rate: RATES.traces, kinds: SINK_FAULTS, route: 'traces' }),
    numbers.faults.random({ seed, rate: RATES.metrics, kinds: METRICS_FAULTS, route: 'metrics' }),
    // It takes the spans, and answers that it has not, or nothing at all.
    sink.faults.add({
      route: 'traces',
      fault: { kind: 'status', status: 503, accepts: true },
      when: every(40),
    }),
    sink.faults.add({ route: 'traces', fault: { kind: 'silence', accepts: true }, when: every(60) }),
  ];
  const sum = (faults: readonly PlacedFault[]) => faults.reduce((total, { hits }) => total + hits, 0);
  return {
    ...world,
    ...{ environment, numbers },
    settings: {
      elevenlabs: settingsOf('elevenlabs'),
      tavus: settingsOf('tavus'),
      retell: settingsOf('retell'),
      vapi: settingsOf('vapi'),
    },
    get faultsServed() {
      return { vendors: sum(vendorFaults), collector: sum(sinkFaults) };
    },
    get poison() {
      const served = Object.values(poisoners).map((poisoner) => poisoner.served);
      return {
        rows: served.reduce((all, { rows }) => all + rows, 0),
        bodies: served.reduce((all, { bodies }) => all + bodies, 0),
      };
    },
    silence() {
      const fault = { kind: 'silence', accepts: true } as const;
      const placed = [sink, numbers].map((collector) => collector.faults.add({ fault }));
      return () => {
        for (const one of placed) one.remove();
      };
    },
    calm() {
      for (const server of [...Object.values(vendors), sink, numbers]) server.faults.clear();
    },
    async close() {
      const poisoned = Object.values(poisoners).map((poisoner) => poisoner.close());
      await Promise.all([...poisoned, world.close(), numbers.close()]);
    },
  };
}

/** True once in so many times. */
function every(times: number): () => boolean {
  let count = 0;
  return () => ++count % times === 0;
}
