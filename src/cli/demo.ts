import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DemoVendor, type Sink, startDemoVendors, startSink } from '../../sandbox/index.ts';
import { list } from '../config/config.ts';
import { ConfigError } from '../config/errors.ts';
import { checkUrl } from '../config/otlp.ts';
import { viewOf } from '../show/view.ts';
import { waterfall } from '../show/waterfall.ts';
import type { OtlpTraces } from '../trace/otlp.ts';
import { profileOf, profiles, variablesOf } from '../vendors/registry.ts';
import { EXIT, stopSignal } from './exit.ts';
import { run } from './run.ts';
import { terminal } from './show.ts';

const KEY = 'demo-key';
/** Where the simulated vendors listen. */
const LOOPBACK = '127.0.0.1';

export interface DemoOptions {
  /** Base URL of a collector that gets the simulated conversations; without one they stay in this process. */
  readonly collector?: string;
}

/**
 * `callspan demo`: simulated vendors, the real bridge as a user would start it, and what comes out of it. All of it
 * is one process, so that nothing outlives it. Whatever is exported for a bridge that runs in earnest is left
 * alone: simulated calls go to a collector only where `collector` names it.
 */
export async function demo({ collector }: DemoOptions = {}): Promise<number> {
  if (collector !== undefined) checkUrl('--collector', collector);
  const stop = stopSignal();
  // A terminal that is closed means the same, and the bridge listens for this one.
  process.on('SIGHUP', () => process.kill(process.pid, 'SIGTERM'));
  const folder = await temporaryFolder();
  const servers: { close(): Promise<void> }[] = [];
  try {
    const vendors = await startDemoVendors(KEY, Date.now());
    servers.push(...vendors.map(({ server }) => server));
    const sink = await startSink();
    servers.push(sink);
    process.stdout.write(
      `${vendors.length} simulated vendors are up, with a few conversations of the last hour. This is what callspan does with them:\n\n` +
        '  callspan run --once\n\n',
    );
    setEnvironment(collector !== undefined, {
      ...Object.fromEntries(vendors.flatMap((vendor) => settingsOf(vendor, KEY))),
      CALLSPAN_STATE: join(folder, 'callspan.db'),
      OTEL_EXPORTER_OTLP_ENDPOINT: collector ?? sink.url,
    });
    if (stop.aborted) return EXIT.ok;
    const code = await run({ once: true });
    if (code !== EXIT.ok || stop.aborted) return code;
    if (collector === undefined) showTraces(sink);
    else sayWhereToLook(collector);
    return EXIT.ok;
  } finally {
    await Promise.all(servers.map((server) => server.close()));
    await rm(folder, { recursive: true, force: true });
  }
}

/** Settings that switch a simulated vendor on. */
export function settingsOf({ provider, server }: DemoVendor, key: string): [string, string][] {
  const profile = profileOf(provider);
  if (profile === undefined) return [];
  return [
    [profile.keyVariable, key],
    [profile.baseUrlVariable, server.url],
  ];
}

async function temporaryFolder(): Promise<string> {
  const place = tmpdir();
  try {
    return await mkdtemp(join(place, 'callspan-demo-'));
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new ConfigError(
      `The demo keeps its ledger in the temporary folder, and ${place} takes none (${code}); set TMPDIR to a folder that can be written to.`,
    );
  }
}

/**
 * The environment as the bridge is to find it: `settings`, and nothing that is exported for another bridge. What an
 * exporter needs besides an address, such as headers and certificates, stays where the collector is a real one.
 */
function setEnvironment(toCollector: boolean, settings: Readonly<Record<string, string>>): void {
  const { env } = process;
  const vendors = profiles().flatMap(variablesOf);
  const others = toCollector ? /^(?:CALLSPAN_|OTEL_EXPORTER_OTLP_(?:\w+_)?ENDPOINT$)/ : /^(?:CALLSPAN|OTEL)_/;
  for (const name of Object.keys(env)) if (others.test(name) || vendors.includes(name)) delete env[name];
  // No proxy leads to the simulated vendors. `*` excludes everything only where it stands alone.
  const excluded = env.no_proxy ?? env.NO_PROXY ?? '';
  env.no_proxy = excluded.trim() === '*' ? '*' : `${excluded},${LOOPBACK}`;
  Object.assign(env, settings);
}

function showTraces(sink: Sink): void {
  const views = sink.traces().map((traceId) => viewOf(asTraces(sink, traceId)));
  views.sort((one, other) => Number(one.start - other.start));
  for (const view of views) process.stdout.write(`\n${waterfall(view, terminal(process.stdout))}`);
  process.stdout.write(
    '\nThe bar called response_latency is what the user waited: from the end of their words to the agent’s first.\n' +
      'Nothing that was said has left the bridge; CALLSPAN_CONTENT=full lets it out.\n' +
      'callspan demo --collector URL sends the same to a collector. To see your own calls there: set\n' +
      `${list(profiles().map(({ keyVariable }) => keyVariable))}, and OTEL_EXPORTER_OTLP_ENDPOINT.\n`,
  );
}

function asTraces(sink: Sink, traceId: string): OtlpTraces {
  const spans = sink.spans(traceId).flatMap((stored) => stored.forms[0]?.span ?? []);
  return {
    resourceSpans: [
      {
        scopeSpans: [{ spans: spans as unknown as OtlpTraces['resourceSpans'][0]['scopeSpans'][0]['spans'] }],
      },
    ],
  };
}

function sayWhereToLook(collector: string): void {
  const host = new URL(collector).hostname;
  process.stdout.write(
    `\nDelivered to ${collector}. With the Jaeger of the shipped docker-compose.yml: http://${host}:16686/search,\n` +
      `service ${list(profiles().map(({ service }) => service))}, look-back of two hours; or open /trace/ and a trace id from above.\n`,
  );
}
