import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type DemoVendor, type Sink, startDemoVendors, startSink } from '../../sandbox/index.ts';
import { list } from '../config/config.ts';
import { viewOf } from '../show/view.ts';
import { waterfall } from '../show/waterfall.ts';
import type { OtlpTraces } from '../trace/otlp.ts';
import { profileOf, profiles } from '../vendors/registry.ts';
import { EXIT } from './exit.ts';
import { terminal } from './show.ts';

const KEY = 'demo-key';

/**
 * `callspan demo`: simulated vendors, the real bridge as a user would start it, and what comes out of it. With
 * OTEL_EXPORTER_OTLP_ENDPOINT set it goes to that collector, without it to a terminal.
 */
export async function demo(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'callspan-demo-'));
  const vendors = await startDemoVendors(KEY, Date.now());
  const sink = await startSink();
  const collector = process.env.OTEL_EXPORTER_OTLP_ENDPOINT?.trim() || undefined;
  const settings = {
    ...Object.fromEntries(vendors.flatMap(variablesOf)),
    CALLSPAN_STATE: join(folder, 'callspan.db'),
    OTEL_EXPORTER_OTLP_ENDPOINT: collector ?? sink.url,
  };
  process.stdout.write(
    `${vendors.length} simulated vendors are up, with a few conversations of the last hour. This is what callspan does with them:\n\n` +
      '  callspan run --once\n\n',
  );
  try {
    const code = await runBridge(settings);
    if (code !== EXIT.ok) return code;
    if (collector === undefined) showTraces(sink);
    else sayWhereToLook(collector);
    return EXIT.ok;
  } finally {
    await Promise.all([...vendors.map(({ server }) => server.close()), sink.close()]);
    await rm(folder, { recursive: true, force: true });
  }
}

/** Settings that switch a simulated vendor on. */
function variablesOf({ provider, server }: DemoVendor): [string, string][] {
  const profile = profileOf(provider);
  return profile === undefined
    ? []
    : [
        [profile.keyVariable, KEY],
        [profile.baseUrlVariable, server.url],
      ];
}

/** The program itself, in a process of its own. */
async function runBridge(settings: Record<string, string>): Promise<number> {
  const own = profiles().flatMap(({ keyVariable, baseUrlVariable }) => [keyVariable, baseUrlVariable]);
  const inherited = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('CALLSPAN_') && !own.includes(name),
  );
  const program = fileURLToPath(new URL('./main.js', import.meta.url));
  const bridge = spawn(process.execPath, [program, 'run', '--once'], {
    env: { ...Object.fromEntries(inherited), ...settings },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return await new Promise((resolve, reject) => {
    bridge.on('error', reject);
    bridge.on('exit', (code, signal) => resolve(code ?? (signal === null ? EXIT.failed : EXIT.ok)));
  });
}

function showTraces(sink: Sink): void {
  const views = sink.traces().map((traceId) => viewOf(asTraces(sink, traceId)));
  views.sort((one, other) => Number(one.start - other.start));
  for (const view of views) process.stdout.write(`\n${waterfall(view, terminal(process.stdout))}`);
  process.stdout.write(
    '\nThe bar called response_latency is what the user waited: from the end of their words to the agent’s first.\n' +
      'Nothing that was said has left the bridge; CALLSPAN_CONTENT=full lets it out.\n' +
      `To see your own calls like this: set ${list(profiles().map(({ keyVariable }) => keyVariable))}, and OTEL_EXPORTER_OTLP_ENDPOINT to a collector.\n`,
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
