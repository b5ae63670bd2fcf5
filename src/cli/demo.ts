import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CallBook, type Sink, startElevenLabs, startSink, startTavus } from '../../sandbox/index.ts';
import { viewOf } from '../show/view.ts';
import { waterfall } from '../show/waterfall.ts';
import type { OtlpTraces } from '../trace/otlp.ts';
import { EXIT } from './exit.ts';
import { terminal } from './show.ts';

const MINUTE = 60_000;
const KEY = 'demo-key';
const SEED = 7;

/** Calls that are worth seeing: a slow wait and why, a failing tool, dead air, a video call with a barge-in. */
const SHOWN = [
  { provider: 'elevenlabs', scenario: 'rag', minutesAgo: 50 },
  { provider: 'elevenlabs', scenario: 'tool-error', minutesAgo: 45 },
  { provider: 'tavus', scenario: 'tool-ok', minutesAgo: 40 },
  { provider: 'tavus', scenario: 'unanswered', minutesAgo: 35 },
] as const;

/**
 * `callspan demo`: simulated vendors, the real bridge as a user would start it, and what comes out of it. With
 * OTEL_EXPORTER_OTLP_ENDPOINT set it goes to that collector, without it to a terminal.
 */
export async function demo(): Promise<number> {
  const now = Date.now();
  const book = new CallBook();
  for (const [index, { minutesAgo, ...call }] of SHOWN.entries()) {
    book.add({ ...call, seed: SEED, index, startAt: now - minutesAgo * MINUTE });
  }
  const elevenLabs = await startElevenLabs({ book, apiKey: KEY });
  const tavus = await startTavus({ book, apiKey: KEY });
  const sink = await startSink();
  const folder = await mkdtemp(join(tmpdir(), 'callspan-demo-'));
  const collector = process.env.OTEL_EXPORTER_OTLP_ENDPOINT?.trim() || undefined;
  const settings = {
    ELEVENLABS_API_KEY: KEY,
    ELEVENLABS_BASE_URL: elevenLabs.url,
    TAVUS_API_KEY: KEY,
    TAVUS_BASE_URL: tavus.url,
    CALLSPAN_STATE: join(folder, 'callspan.db'),
    OTEL_EXPORTER_OTLP_ENDPOINT: collector ?? sink.url,
  };
  process.stdout.write(
    'Two simulated vendors are up, with a few conversations of the last hour. This is what callspan does with them:\n\n' +
      '  callspan run --once\n\n',
  );
  try {
    const code = await runBridge(settings);
    if (code !== EXIT.ok) return code;
    if (collector === undefined) showTraces(sink);
    else sayWhereToLook(collector);
    return EXIT.ok;
  } finally {
    await Promise.all([elevenLabs.close(), tavus.close(), sink.close()]);
    await rm(folder, { recursive: true, force: true });
  }
}

/** The program itself, in a process of its own. */
async function runBridge(settings: Record<string, string>): Promise<number> {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(?:CALLSPAN|ELEVENLABS|TAVUS)_/.test(name),
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
      'To see your own calls like this: set ELEVENLABS_API_KEY or TAVUS_API_KEY, and OTEL_EXPORTER_OTLP_ENDPOINT to a collector.\n',
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
      'service elevenlabs-convai or tavus-cvi, look-back of two hours; or open /trace/ and a trace id from above.\n',
  );
}
