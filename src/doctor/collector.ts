import { randomBytes } from 'node:crypto';
import { createDelivery } from '../delivery/delivery.ts';
import type { Destination } from '../delivery/endpoint.ts';
import type { Outcome } from '../delivery/outcome.ts';
import { portOf, proxyFor } from '../http/proxy.ts';
import { place } from '../http/quote.ts';
import type { Clock } from '../time/clock.ts';
import { MILLISECOND } from '../time/nanos.ts';
import { TraceWriter } from '../trace/encode/trace-writer.ts';
import { SCOPE_NAME, SERVICE_NAME } from '../trace/semconv.ts';
import type { SpanBatch } from '../trace/span-batch.ts';
import type { TraceStore } from '../verify/store.ts';
import { type Finding, good, note, problem, type Trouble } from './finding.ts';
import { whyUnreachable } from './reach.ts';

const WAITS = 'nothing is delivered; callspan keeps its place and tries again';

/** OTLP over HTTP: where it listens by convention, and what its traces' path is. */
const CONVENTIONAL_PORT = '4318';
const TRACES_PATH = '/v1/traces';

/** A store shows a span some seconds after a collector has taken it; so long it is waited for, in milliseconds. */
const PATIENCE = 60_000;
const LOOK = 1_000;

export interface CollectorExamination {
  readonly destination: Destination;
  /** Whose spans go there. */
  readonly sources: readonly string[];
  /** How its address is written where it stands. */
  readonly line: (url: string) => string;
  readonly variables: NodeJS.ProcessEnv;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Where what was sent can be read back. */
  readonly store?: TraceStore;
}

/** Sends one span, `callspan.doctor`, and reads it back where a store is given. */
export async function examineCollector(asked: CollectorExamination): Promise<Finding[]> {
  const { destination, sources, store } = asked;
  const subject = place(new URL(destination.tracesUrl));
  const canary = makeCanary(asked);
  const outcome = await send(canary.batch, asked);
  if (outcome.kind === 'failed')
    return [
      problem('collector', subject, await whyFailed(outcome, asked), `${WAITS} (${sources.join(', ')})`),
    ];
  const taken =
    outcome.doubt === undefined
      ? good('collector', subject, `takes spans: one was sent, trace ${canary.traceId}`)
      : note(
          'collector',
          subject,
          { said: outcome.doubt, mend: 'callspan doctor --store <url> --against <jaeger or tempo>' },
          'what it takes counts as delivered',
        );
  return store === undefined ? [taken] : [taken, await readBack(store, canary.traceId, asked)];
}

async function send(batch: SpanBatch, { destination, variables, clock, signal }: CollectorExamination) {
  const delivery = createDelivery(destination, { clock, env: variables, connections: 1 });
  try {
    return await delivery.deliver(batch, signal);
  } finally {
    await delivery.close();
  }
}

function makeCanary({ clock, destination }: CollectorExamination): { traceId: string; batch: SpanBatch } {
  const traceId = randomBytes(16).toString('hex');
  const id = randomBytes(8).toString('hex');
  const now = BigInt(clock.now()) * MILLISECOND;
  const writer = new TraceWriter(destination.encoding ?? 'json');
  const attributes = [{ key: SERVICE_NAME, value: { stringValue: 'callspan' } }];
  const scope = {
    resource: writer.encoder.resource({ attributes }),
    scope: writer.encoder.scope({ name: SCOPE_NAME, attributes: [] }),
  };
  const span = { traceId, id, parentId: undefined, name: 'callspan.doctor', kind: 1, start: now, end: now };
  writer.startSpan(span);
  writer.endSpan(span, { status: 0 }, scope);
  return { traceId, batch: { kind: 'otlp', spans: writer.finish() } };
}

async function whyFailed(
  failure: Extract<Outcome, { kind: 'failed' }>,
  asked: CollectorExamination,
): Promise<Trouble> {
  const { destination, line, variables } = asked;
  const url = new URL(destination.tracesUrl);
  const { status, reason } = failure;
  const said = reason;
  if (status === undefined) {
    const base = new URL(url);
    if (base.pathname.endsWith(TRACES_PATH)) base.pathname = base.pathname.slice(0, -TRACES_PATH.length);
    return await whyUnreachable(
      { url: base, line, authority: 'OTEL_EXPORTER_OTLP_CERTIFICATE' },
      reason,
      variables,
    );
  }
  switch (status) {
    case 401:
    case 403:
      return {
        said,
        mend: 'export OTEL_EXPORTER_OTLP_HEADERS=<name=value as the backend has it, such as authorization=Bearer%20…>',
      };
    case 407: {
      const proxy = proxyFor(url, variables)?.url.host ?? 'the proxy';
      return { said, mend: `export HTTPS_PROXY=http://<user>:<password>@${proxy}` };
    }
    case 402:
      return { said, mend: 'settle the account with the backend' };
    case 429:
      return { said, mend: 'callspan doctor  # again later' };
    default:
  }
  // A server of TLS may explain itself to whoever does not speak it.
  if (url.protocol === 'http:' && status === 400 && /HTTPS/i.test(reason)) {
    return {
      said: `${url.host} speaks TLS, not plain HTTP (${reason})`,
      mend: line(destination.tracesUrl.replace(/^http:/, 'https:')),
    };
  }
  if (status >= 500 && !/page|no collector/.test(reason)) {
    return { said, mend: 'callspan doctor  # when the collector is well again' };
  }
  const other = await otherAddress(url, asked);
  return { said, mend: line(other ?? `${url.protocol}//<the collector>:${CONVENTIONAL_PORT}`) };
}

/** An address of the same host that takes spans. The headers are that host's already. */
async function otherAddress(url: URL, asked: CollectorExamination): Promise<string | undefined> {
  const conventional = new URL(url);
  conventional.port = CONVENTIONAL_PORT;
  const candidates = [url.origin, `${url.origin}/otlp`, conventional.origin].map(
    (base) => `${base}${TRACES_PATH}`,
  );
  for (const tracesUrl of candidates) {
    if (tracesUrl === url.href) continue;
    // The port by convention is another server, which has no claim to the headers.
    const isOther = portOf(new URL(tracesUrl)) !== portOf(url);
    const destination = { ...asked.destination, tracesUrl, ...(isOther ? { headers: {} } : {}) };
    const { batch } = makeCanary(asked);
    const outcome = await send(batch, { ...asked, destination });
    if (outcome.kind === 'accepted' && outcome.doubt === undefined) return tracesUrl;
  }
  return undefined;
}

async function readBack(
  store: TraceStore,
  traceId: string,
  { clock, signal }: CollectorExamination,
): Promise<Finding> {
  let reason = `it does not show trace ${traceId} within ${PATIENCE / 1_000} s`;
  try {
    await store.probe(signal);
    for (let waited = 0; waited <= PATIENCE; waited += LOOK) {
      if ((await store.spans(traceId, signal)).size > 0)
        return good('store', 'the store', `shows what was sent, trace ${traceId}`);
      await clock.sleep(LOOK, signal);
    }
  } catch (error) {
    signal.throwIfAborted();
    reason = error instanceof Error ? error.message : String(error);
  }
  return problem(
    'store',
    'the store',
    {
      said: reason,
      mend: 'look at what the collector says of its exporters: otelcol_exporter_send_failed_spans',
    },
    'what was delivered cannot be seen',
  );
}
