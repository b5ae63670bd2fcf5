import type { DeliveryBlame } from '../blame.ts';
import type { Config } from '../config/config.ts';
import type { Destination } from '../delivery/endpoint.ts';
import type { Outcome } from '../delivery/outcome.ts';
import type { Ledger } from '../ledger/contract.ts';
import { resourceAttributesOf } from '../metrics/otlp.ts';
import { onAbort } from '../time/abort.ts';
import { type Clock, systemClock } from '../time/clock.ts';
import { profileOf } from '../vendors/registry.ts';
import { Condition, type Poll } from './condition.ts';
import { ATTRIBUTE } from './instruments.ts';
import type { Log } from './log.ts';
import { NumbersExporter } from './metrics-exporter.ts';
import { Report } from './metrics-report.ts';
import { readings } from './readings.ts';
import { OwnMetrics } from './self-metrics.ts';
import type { SelfTraces } from './self-traces.ts';
import type { TelemetryServer } from './server.ts';
import { UNTOLD, type Work } from './work.ts';

/** Of the five seconds in which a stop has to be over. In milliseconds. */
const LAST_EXPORT = 1_000;

export interface TelemetryOptions {
  readonly ledger: Ledger;
  readonly log: Log;
  readonly clock?: Clock;
  /** How long what is left to tell may take at the stop, in milliseconds. @default 1_000 */
  readonly lastExportMs?: number;
}

/**
 * What the bridge tells of itself, and the export of the numbers that the ledger holds. It never holds the bridge
 * up: nothing here throws, waits or fails because of a collector.
 */
export interface Telemetry {
  /** Where health and metrics can be asked for, e.g. `http://127.0.0.1:9464`; undefined where that is off. */
  readonly url: string | undefined;
  /** A vendor answered one try; `ms` is its time to the end of the body. */
  vendorResponse(source: string, response: { readonly status: number; readonly ms: number }): void;
  /** One try was not answered. */
  vendorError(source: string, error: { readonly reason: string; readonly ms: number }): void;
  /** The collector's answer to one conversation, or that there was none; every try. */
  delivery(source: string, outcome: Outcome): void;
  /** So many things in a payload were unknown, or missing. */
  drift(source: string, things: number): void;
  /** A source is another process's to carry, until it is told that it is `here`; before anything is told, it is. */
  carried(source: string, here: boolean): void;
  /** The ledger cannot be used, and why; with `undefined` it can again. */
  ledgerAway(reason: string | undefined): void;
  /** A round of listing has ended, or was left out. */
  polled(source: string, poll: Poll): void;
  /** Nothing can be delivered there for now. @param destination the same object when it is back. */
  collectorAway(destination: Destination, reason: string): void;
  collectorBack(destination: Destination): void;
  /** It is not certain that a collector answers there, and why; with `undefined` it is again. */
  collectorDoubted(destination: Destination, doubt: string | undefined): void;
  /** A webhook came, of this type and with this verdict: both of few words. */
  webhook(source: string, heard: { readonly type: string; readonly verdict: string }): void;
  /** Why no webhooks are taken that should be; undefined where they are. @param trouble in words that may be shown. */
  webhooksTrouble(trouble: string | undefined): void;
  /** Whether the vendor has switched the webhook off; undefined where that is not known. */
  webhookDisabled(source: string, isDisabled: boolean | undefined): void;
  /** A round of listing, as a span. */
  poll(source: string): Work;
  /** A conversation on its way, as a span. */
  carry(source: string, conversation: string): Work;
  /** Exports in intervals until `stop`, which also ends the server at once. Never rejects. */
  run(stop: AbortSignal): Promise<void>;
  /** After `run`: exports the last state, within a second. The ledger must still be open. Never rejects. */
  close(): Promise<void>;
}

/** @throws ConfigError where `CALLSPAN_LISTEN` cannot be listened on. */
export async function createTelemetry(config: Config, options: TelemetryOptions): Promise<Telemetry> {
  const { ledger, log, clock = systemClock, lastExportMs = LAST_EXPORT } = options;
  const { metrics, listen, traces, serviceName, resource: attributes } = config.telemetry;
  const began = clock.now();
  const teller = { instance: ledger.instance, serviceName, resource: attributes };
  const resource = resourceAttributesOf({ ...teller, instance: ledger.teller });
  const sources = config.sources.map(({ name }) => name);
  const condition = new Condition(
    sources,
    config.sources.map(({ destination }) => destination),
    began,
  );
  if (config.webhooks !== undefined) condition.webhooks('webhooks are not taken yet');
  const told = config.sources.filter(({ webhook }) => webhook !== undefined).map(({ name }) => name);
  const retentions = new Map(
    config.sources.flatMap(({ name, provider }) => {
      const retention = profileOf(provider)?.retention;
      return retention === undefined ? [] : [[name, retention] as const];
    }),
  );
  const state = {
    ledger,
    sources,
    retentions,
    condition,
    began,
    told: config.webhooks === undefined ? [] : told,
  };
  const own = new OwnMetrics(resource, () => {
    const isHere = (source: string) => condition.isHere(source);
    const held = { ...state, sources: sources.filter(isHere), told: state.told.filter(isHere) };
    return readings(held, clock.now());
  });
  const report = new Report({ ledger, teller, own, clock, log });
  const answers = {
    broken: async () => (await unreadable(ledger)) ?? condition.stuck(clock.now()),
    missing: () => condition.missing,
    metrics: (format: Parameters<Report['text']>[0]) => report.text(format),
  };
  // What most do without is loaded only where it is asked for.
  const server = listen && (await (await import('./server.ts')).TelemetryServer.open(listen, answers));
  const made = traces && (await import('./self-traces.ts'));
  return new BridgeTelemetry({
    condition,
    clock,
    server,
    own: metrics || listen ? own : undefined,
    traces:
      made && traces && new made.SelfTraces({ destination: traces, resource, log, clock, lastExportMs }),
    exporter:
      metrics &&
      new NumbersExporter({
        ...metrics,
        requests: () => report.requests(),
        until: () => report.until,
        isKnownAway: () => condition.isAway(metrics.destination.tracesUrl),
        ...{ log, clock, lastExportMs },
      }),
  });
}

interface Parts {
  readonly condition: Condition;
  readonly clock: Clock;
  /** Undefined where nobody would hear of them; so are the others. */
  readonly own: OwnMetrics | undefined;
  readonly exporter: NumbersExporter | undefined;
  readonly traces: SelfTraces | undefined;
  readonly server: TelemetryServer | undefined;
}

class BridgeTelemetry implements Telemetry {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  get url(): string | undefined {
    return this.#parts.server?.url;
  }

  vendorResponse(source: string, { status, ms }: { status: number; ms: number }): void {
    const { condition, clock, own } = this.#parts;
    condition.signOfLife(source, clock.now());
    own?.record('vendorRequests', 1, { [ATTRIBUTE.SOURCE]: source, [ATTRIBUTE.STATUS_CODE]: status });
    own?.record('vendorRequestDuration', ms / 1_000, { [ATTRIBUTE.SOURCE]: source });
  }

  vendorError(source: string, { reason, ms }: { reason: string; ms: number }): void {
    const { condition, clock, own } = this.#parts;
    condition.signOfLife(source, clock.now());
    const labels = { [ATTRIBUTE.SOURCE]: source, [ATTRIBUTE.ERROR_TYPE]: errorType(reason) };
    own?.record('vendorErrors', 1, labels);
    own?.record('vendorRequestDuration', ms / 1_000, labels);
  }

  delivery(source: string, outcome: Outcome): void {
    const { own } = this.#parts;
    const result = outcome.kind === 'accepted' ? outcome.kind : RESULTS[outcome.blame];
    own?.record('deliveries', 1, { [ATTRIBUTE.SOURCE]: source, [ATTRIBUTE.RESULT]: result });
    const rejected = outcome.kind === 'accepted' ? outcome.rejectedSpans : 0;
    if (rejected > 0) own?.record('spansRejected', rejected, { [ATTRIBUTE.SOURCE]: source });
  }

  drift(source: string, things: number): void {
    if (things > 0) this.#parts.own?.record('drift', things, { [ATTRIBUTE.SOURCE]: source });
  }

  carried(source: string, here: boolean): void {
    const { condition, clock } = this.#parts;
    condition.carried(source, here, clock.now());
  }

  ledgerAway(reason: string | undefined): void {
    this.#parts.condition.ledgerAway(reason);
  }

  polled(source: string, poll: Poll): void {
    this.#parts.condition.polled(source, poll);
  }

  collectorAway(destination: Destination, reason: string): void {
    this.#parts.condition.away(destination, reason);
  }

  collectorDoubted(destination: Destination, doubt: string | undefined): void {
    this.#parts.condition.doubt(destination, doubt);
  }

  webhook(source: string, { type, verdict }: { type: string; verdict: string }): void {
    const labels = { [ATTRIBUTE.SOURCE]: source, [ATTRIBUTE.TYPE]: type, [ATTRIBUTE.RESULT]: verdict };
    this.#parts.own?.record('webhooks', 1, labels);
  }

  webhooksTrouble(trouble: string | undefined): void {
    this.#parts.condition.webhooks(trouble);
  }

  webhookDisabled(source: string, isDisabled: boolean | undefined): void {
    this.#parts.condition.webhookDisabled(source, isDisabled);
  }

  collectorBack(destination: Destination): void {
    this.#parts.condition.back(destination);
  }

  poll(source: string): Work {
    return this.#parts.traces?.poll(source) ?? UNTOLD;
  }

  carry(source: string, conversation: string): Work {
    return this.#parts.traces?.carry(source, conversation) ?? UNTOLD;
  }

  async run(stop: AbortSignal): Promise<void> {
    const { exporter, server } = this.#parts;
    await Promise.all([exporter?.run(stop), aborted(stop).then(() => server?.close())]);
  }

  async close(): Promise<void> {
    const { exporter, server, traces } = this.#parts;
    await Promise.all([server?.close(), exporter?.close(), traces?.close()]);
  }
}

/** What a failure counts as among the deliveries. */
const RESULTS: Readonly<Record<DeliveryBlame, string>> = {
  conversation: 'rejected',
  destination: 'unavailable',
  unknown: 'unavailable',
};

async function unreadable(ledger: Ledger): Promise<string | undefined> {
  // One on a server is waited for by all replicas alike, and a restart of this one would not help; readiness tells it.
  if (ledger.share !== undefined) return undefined;
  try {
    await ledger.sources.all();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else onAbort(signal, resolve);
  });
}

/** `UND_ERR_SOCKET`, `SELF_SIGNED_CERT_IN_CHAIN`, `ECONNREFUSED`: how Node, undici and OpenSSL name failures. */
const CODE = /\b(?:[A-Z][A-Z\d]*(?:_[A-Z\d]+)+|E[A-Z\d]{3,})\b/;

/**
 * A failed request as a value of `error.type`: few values, none of them made of anything private.
 * @param reason what the HTTP client said of it, for people.
 */
export function errorType(reason: string): string {
  if (/^no complete answer within /.test(reason)) return 'timeout';
  return CODE.exec(reason)?.[0] ?? 'other';
}
