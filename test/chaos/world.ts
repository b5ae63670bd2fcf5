import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { callId } from '../../sandbox/account.ts';
import type { SandboxServer } from '../../sandbox/http/server.ts';
import {
  type Call,
  CallBook,
  type CallSpec,
  type FaultKind,
  type PlacedFault,
  type Provider,
  type Sink,
  startElevenLabs,
  startRetell,
  startSink,
  startTavus,
  startVapi,
} from '../../sandbox/index.ts';
import { loadConfig, traceSettings } from '../../src/config/config.ts';
import { KEY, makeWorld, type World } from '../bridge/world.ts';
import { branchOf } from './branch.ts';
import type { SettingsOf } from './expectation.ts';
import { type Poisoner, startPoisoner } from './poison.ts';
import { TRUSTED } from './webhooks.ts';

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

export interface ChaosWorld extends Pick<World, 'sink' | 'folder' | 'environment' | 'close'> {
  /** A conversation that the vendors have from now on. */
  add(spec: CallSpec): Call;
  /** Where the numbers go; it takes larger requests than that for spans. */
  readonly numbers: Sink;
  /** What a translation depends on, as the program reads it from `environment`. */
  readonly settingsOf: SettingsOf;
  /** How many requests were struck. */
  readonly faultsServed: { readonly vendors: number; readonly collector: number };
  /** Rows and bodies that no bridge can do anything with. */
  readonly poison: { readonly rows: number; readonly bodies: number };
  /** From now on the collector takes everything and answers nothing. @returns ends that */
  silence(): () => void;
  /** From now on everybody behaves. */
  calm(): void;
}

/** What replicas share. */
export interface SharedWorld {
  /** The URL of the ledger's database. */
  readonly state: string;
  readonly branches: number;
}

/** Where a source asks. */
interface Door {
  readonly provider: Provider;
  readonly branch: number;
  readonly poisoner: Poisoner;
}

/**
 * All vendors and a collector, all of which misbehave as drawn by a seed; and settings with which nobody has to
 * wait long for anything.
 * @param shared where a ledger is that replicas share, and how many sources each vendor is: each has its part of the
 * conversations.
 */
export async function makeChaosWorld(
  seed: number,
  hasPoison: boolean,
  shared?: SharedWorld,
): Promise<ChaosWorld> {
  const world = await makeWorld({
    // Half of the ElevenLabs traces are larger and have to be sent in parts.
    sink: { keep: 'digests', maxBytes: 40_000, tooLarge: seed % 2 === 0 ? 413 : 400 },
  });
  const numbers = await startSink();
  const { sink } = world;
  const dose = { seed, ...(hasPoison ? {} : { share: 0 }) };
  const branches = shared?.branches ?? 1;
  const doors: Door[] = [];
  const vendors: SandboxServer[] = [];
  const books = Array.from({ length: branches }, () => new CallBook());
  for (const [branch, book] of books.entries()) {
    for (const [provider, vendor] of Object.entries(await startVendors(book, seed)) as [
      Provider,
      SandboxServer,
    ][]) {
      vendors.push(vendor);
      const poisoner = await startPoisoner(vendor.url, { provider, ...dose, branch });
      doors.push({ provider, branch, poisoner });
    }
  }
  const urlOf = (provider: Provider) => doors.find((door) => door.provider === provider)?.poisoner.url ?? '';
  const environment = {
    ...world.environment,
    ELEVENLABS_BASE_URL: urlOf('elevenlabs'),
    TAVUS_BASE_URL: urlOf('tavus'),
    RETELL_API_KEY: KEY,
    RETELL_BASE_URL: urlOf('retell'),
    VAPI_API_KEY: KEY,
    VAPI_BASE_URL: urlOf('vapi'),
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: numbers.metricsUrl,
    OTEL_EXPORTER_OTLP_TIMEOUT: '1000',
    OTEL_METRIC_EXPORT_INTERVAL: '300',
    CALLSPAN_POLL_INTERVAL: '200ms',
    ...(shared === undefined ? TRUSTED : await sharing(shared, doors, world.folder)),
    CALLSPAN_TAVUS_SETTLE: '0s',
    CALLSPAN_RETELL_SETTLE: '0s',
    CALLSPAN_VAPI_SETTLE: '0s',
  };
  const { sources } = await loadConfig(environment);
  const settings = new Map(sources.map((source) => [source.name, traceSettings(source)]));
  const settingsOf: SettingsOf = (provider, id) => {
    const name = shared === undefined ? provider : nameOf(provider, branchOf(id, branches));
    const found = settings.get(name);
    if (found === undefined) throw new Error(`The settings have no ${name}.`);
    return found;
  };
  const vendorFaults: PlacedFault[] = [];
  for (const vendor of vendors) {
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
    ...{ sink, folder: world.folder },
    ...{ environment, numbers },
    settingsOf,
    add(spec) {
      const id = callId(spec.provider, spec.seed, spec.index);
      const book = books[branchOf(id, branches)];
      book?.add(spec);
      const call = book?.call(id);
      if (call === undefined) throw new Error(`The book has lost ${JSON.stringify(spec)}.`);
      return call;
    },
    get faultsServed() {
      return { vendors: sum(vendorFaults), collector: sum(sinkFaults) };
    },
    get poison() {
      const served = doors.map(({ poisoner }) => poisoner.served);
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
      for (const server of [...vendors, sink, numbers]) server.faults.clear();
    },
    async close() {
      const poisoned = doors.map(({ poisoner }) => poisoner.close());
      const asked = vendors.map((vendor) => vendor.close());
      await Promise.all([...poisoned, ...asked, world.close(), numbers.close()]);
    },
  };
}

/** An account of each vendor. */
async function startVendors(book: CallBook, seed: number): Promise<Record<Provider, SandboxServer>> {
  const account = { book, apiKey: KEY };
  const isEven = seed % 2 === 0;
  return {
    elevenlabs: await startElevenLabs({ ...account, pageCap: PAGE }),
    tavus: await startTavus({ ...account, order: isEven ? 'newest' : 'oldest', pageCap: PAGE }),
    retell: await startRetell({ ...account, pageCap: PAGE }),
    vapi: await startVapi({ ...account, order: isEven ? 'unstable' : 'newest' }),
  };
}

const nameOf = (provider: Provider, branch: number) => `${provider}-${branch}`;

/** Settings of replicas: a file in which each vendor is several sources. */
async function sharing(
  { state }: SharedWorld,
  doors: readonly Door[],
  folder: string,
): Promise<Record<string, string>> {
  const sources = doors.map(({ provider, branch, poisoner }) => ({
    name: nameOf(provider, branch),
    provider,
    key: `\${${provider.toUpperCase()}_API_KEY}`,
    base_url: poisoner.url,
    ...(provider === 'elevenlabs' ? {} : { settle: '0s' }),
  }));
  const file = join(folder, 'callspan.json');
  await writeFile(file, JSON.stringify({ sources }));
  return { CALLSPAN_STATE: state, CALLSPAN_CONFIG: file };
}

/** True once in so many times. */
function every(times: number): () => boolean {
  let count = 0;
  return () => ++count % times === 0;
}
