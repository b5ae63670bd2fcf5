/**
 * The numbers that callspan tells of its own work: one place for names, units, kinds and attributes. Made with the
 * OpenTelemetry SDK, begun anew with every process; the numbers about conversations are in `numbers/metrics.ts`.
 */

export interface Instrument {
  readonly name: string;
  /** Gauges and `observed` counters are read when metrics are collected, the others are told as things happen. */
  readonly kind: 'counter' | 'histogram' | 'gauge' | 'observed counter';
  /** UCUM; empty where a number counts nothing. */
  readonly unit: string;
  readonly description: string;
  readonly attributes: readonly string[];
  readonly boundaries?: readonly number[];
}

export const ATTRIBUTE = {
  SOURCE: 'callspan.source',
  RESULT: 'callspan.result',
  TYPE: 'callspan.webhook.type',
  STATUS_CODE: 'http.response.status_code',
  ERROR_TYPE: 'error.type',
  SERVER_ADDRESS: 'server.address',
  SERVER_PORT: 'server.port',
  CPU_MODE: 'cpu.mode',
} as const;

/** Seconds; those of `http.client.request.duration` in the semantic conventions, and what slower vendors need. */
const REQUEST_BOUNDARIES: readonly number[] = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30,
];

export const INSTRUMENTS = {
  vendorRequests: {
    name: 'callspan.vendor.requests',
    kind: 'counter',
    unit: '{request}',
    description: 'Requests that the vendor answered, whatever the answer; every try counts',
    attributes: [ATTRIBUTE.SOURCE, ATTRIBUTE.STATUS_CODE],
  },
  vendorErrors: {
    name: 'callspan.vendor.errors',
    kind: 'counter',
    unit: '{request}',
    description: 'Requests that got no answer: broken connections, missed deadlines',
    attributes: [ATTRIBUTE.SOURCE, ATTRIBUTE.ERROR_TYPE],
  },
  vendorRequestDuration: {
    name: 'callspan.vendor.request.duration',
    kind: 'histogram',
    unit: 's',
    description: 'How long requests to the vendor took, to the end of the answer or until there was none',
    attributes: [ATTRIBUTE.SOURCE, ATTRIBUTE.ERROR_TYPE],
    boundaries: REQUEST_BOUNDARIES,
  },
  deliveries: {
    name: 'callspan.deliveries',
    kind: 'counter',
    unit: '{delivery}',
    description: 'Conversations sent to the collector, by what it answered; every try counts',
    attributes: [ATTRIBUTE.SOURCE, ATTRIBUTE.RESULT],
  },
  spansRejected: {
    name: 'callspan.delivery.spans_rejected',
    kind: 'counter',
    unit: '{span}',
    description: 'Spans that the collector would not keep of conversations that it accepted',
    attributes: [ATTRIBUTE.SOURCE],
  },
  drift: {
    name: 'callspan.drift',
    kind: 'counter',
    unit: '{name}',
    description: 'Things that callspan does not know, or misses, in the payloads of conversations',
    attributes: [ATTRIBUTE.SOURCE],
  },
  deadLetters: {
    name: 'callspan.dead_letters',
    kind: 'gauge',
    unit: '{conversation}',
    description: 'Conversations that cannot be delivered as they are',
    attributes: [ATTRIBUTE.SOURCE],
  },
  parked: {
    name: 'callspan.parked',
    kind: 'gauge',
    unit: '{conversation}',
    description: 'Conversations that are too old for their destination, and are kept for one that takes them',
    attributes: [ATTRIBUTE.SOURCE],
  },
  pending: {
    name: 'callspan.pending',
    kind: 'gauge',
    unit: '{conversation}',
    description: 'Conversations that are known and not settled: not ended yet, or not delivered yet',
    attributes: [ATTRIBUTE.SOURCE],
  },
  lag: {
    name: 'callspan.lag',
    kind: 'gauge',
    unit: 's',
    description: 'Time since the list of the vendor was last walked to its end',
    attributes: [ATTRIBUTE.SOURCE],
  },
  webhooks: {
    name: 'callspan.webhooks',
    kind: 'counter',
    unit: '{request}',
    description: 'Calls of vendors to us, by the kind of event and by what became of them',
    attributes: [ATTRIBUTE.SOURCE, ATTRIBUTE.TYPE, ATTRIBUTE.RESULT],
  },
  inboxDepth: {
    name: 'callspan.inbox.depth',
    kind: 'gauge',
    unit: '{event}',
    description: 'What webhooks have brought and that is not delivered yet',
    attributes: [ATTRIBUTE.SOURCE],
  },
  inboxAge: {
    name: 'callspan.inbox.age',
    kind: 'gauge',
    unit: 's',
    description: 'How long the oldest of that has been waiting; 0 where nothing is',
    attributes: [ATTRIBUTE.SOURCE],
  },
  webhookDisabled: {
    name: 'callspan.webhook.disabled',
    kind: 'gauge',
    unit: '',
    description: '1 where the vendor has switched the webhook off, else 0; nothing where it does not tell',
    attributes: [ATTRIBUTE.SOURCE],
  },
  retention: {
    name: 'callspan.source.retention',
    kind: 'gauge',
    unit: 's',
    description: 'How long the vendor keeps a conversation by default; absent where that is for ever',
    attributes: [ATTRIBUTE.SOURCE],
  },
  ledgerSize: {
    name: 'callspan.ledger.size',
    kind: 'gauge',
    unit: 'By',
    description: 'Size of the ledger on the disk, its write-ahead log included',
    attributes: [],
  },
  collectorUp: {
    name: 'callspan.collector.up',
    kind: 'gauge',
    unit: '',
    description: '0 while the collector is away and conversations wait for it, else 1',
    attributes: [ATTRIBUTE.SERVER_ADDRESS, ATTRIBUTE.SERVER_PORT],
  },
  memory: {
    name: 'process.memory.usage',
    kind: 'gauge',
    unit: 'By',
    description: 'Resident memory of the process',
    attributes: [],
  },
  cpu: {
    name: 'process.cpu.time',
    kind: 'observed counter',
    unit: 's',
    description: 'CPU time of the process',
    attributes: [ATTRIBUTE.CPU_MODE],
  },
  uptime: {
    name: 'process.uptime',
    kind: 'gauge',
    unit: 's',
    description: 'How long the process has been running',
    attributes: [],
  },
} as const satisfies Record<string, Instrument>;

export type InstrumentKey = keyof typeof INSTRUMENTS;

/** Instruments of one kind or several. */
type Of<Kind extends Instrument['kind']> = {
  [Key in InstrumentKey]: (typeof INSTRUMENTS)[Key]['kind'] extends Kind ? Key : never;
}[InstrumentKey];

/** What is told as it happens. */
export type RecordedKey = Of<'counter' | 'histogram'>;
/** What is read when metrics are collected. */
export type ReadKey = Of<'gauge' | 'observed counter'>;

export function instrumentOf(key: InstrumentKey): Instrument {
  return INSTRUMENTS[key];
}

export type Labels = Readonly<Record<string, string | number>>;
