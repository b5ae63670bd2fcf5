/**
 * A backlog of a hundred thousand conversations: the built bridge walks the list, fetches and delivers all of it, in a
 * process of its own whose memory is measured. `npx tsx test/scale/backlog.ts [--conversations N]
 * [--provider elevenlabs|tavus]`; ends with 1 where it takes too much memory or something is missing.
 */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import {
  CallBook,
  type Provider,
  type SandboxServer,
  startElevenLabs,
  startSink,
  startTavus,
} from '../../sandbox/index.ts';
import { type Running, start } from '../cli/program.ts';
import { check, print, verdict } from './report.ts';

const HOUR = 3_600_000;
const KEY = 'test-key';
/** In MiB. */
const MOST_MEMORY = 200;
/** A run in which so long nothing has been delivered has come to an end, one way or the other. In milliseconds. */
const STANDSTILL = 120_000;
/** What is listed while the program is at work is listed again; a list page is no call for a conversation. */
const MOST_FETCHES = 1.05;

const { values } = parseArgs({
  options: {
    conversations: { type: 'string', default: '100000' },
    provider: { type: 'string', default: 'elevenlabs' },
  },
});
const count = Number(values.conversations);
const provider: Provider = values.provider === 'tavus' ? 'tavus' : 'elevenlabs';
const now = Date.now();
const book = new CallBook();
book.fill({ provider, seed: 7, count, from: now - 60 * HOUR, to: now - 26 * HOUR });
const owed = [...book.calls(provider)].filter((call) => call.fate === 'exported').length;
const vendor = await (provider === 'tavus' ? startTavus : startElevenLabs)({ book, apiKey: KEY });
const sink = await startSink({ keep: 'digests' });
const folder = await mkdtemp(join(tmpdir(), 'callspan-scale-'));
try {
  const bridge = startBridge(vendor);
  const began = performance.now();
  const peak = await untilDelivered(bridge);
  const seconds = (performance.now() - began) / 1000;
  bridge.process.kill('SIGTERM');
  const { code } = await bridge.ended;
  const delivered = sink.traces().length;
  const fetches = vendor.requests.count('get') / count;
  print('conversations', `${count} of ${provider}, of which ${owed} have something to export`);
  print('took', `${seconds.toFixed(0)} s, ${(delivered / seconds).toFixed(0)} conversations a second`);
  print('list pages', vendor.requests.count('list'));
  check('fetches a conversation', fetches, MOST_FETCHES, '');
  check('conversations that are missing', owed - delivered, 0, '');
  check('spans that came more than once', sink.spanStore.arrivals - distinctSpans(), 0, '');
  check('answers that were wrong', sink.violations.length, 0, '');
  check('exit code', code ?? 1, 0, '');
  check('peak memory (RSS) of the bridge', peak / 1024, MOST_MEMORY, 'MiB');
} finally {
  await Promise.all([vendor.close(), sink.close()]);
  await rm(folder, { recursive: true, force: true });
}
process.exitCode = verdict();

function startBridge({ url }: SandboxServer): Running {
  const keys =
    provider === 'tavus'
      ? { TAVUS_API_KEY: KEY, TAVUS_BASE_URL: url }
      : { ELEVENLABS_API_KEY: KEY, ELEVENLABS_BASE_URL: url };
  return start(['run'], {
    ...keys,
    OTEL_EXPORTER_OTLP_ENDPOINT: sink.url,
    OTEL_METRIC_EXPORT_INTERVAL: '10000',
    CALLSPAN_STATE: join(folder, 'callspan.db'),
    CALLSPAN_LOOKBACK: '72h',
    // A line for each of them would only be kept here.
    CALLSPAN_LOG_LEVEL: 'warn',
  });
}

/** Until nothing is missing, or nothing comes any more. @returns the bridge's peak memory in KiB. */
async function untilDelivered(bridge: Running): Promise<number> {
  let delivered = 0;
  let changed = performance.now();
  let isOver = false;
  bridge.ended.then(
    ({ stderr }) => {
      isOver = true;
      if (stderr !== '') process.stderr.write(stderr);
    },
    () => undefined,
  );
  let peak = 0;
  while (!isOver && delivered < owed && performance.now() - changed < STANDSTILL) {
    await sleep(1_000);
    peak = peakMemory(bridge.process.pid) ?? peak;
    const known = sink.traces().length;
    if (known > delivered) changed = performance.now();
    delivered = known;
  }
  return peak;
}

/** The most memory that a process has had at a time, in KiB, as Linux counts it. */
function peakMemory(pid: number | undefined): number | undefined {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const [, kib] = /^VmHWM:\s+(\d+) kB$/m.exec(status) ?? [];
  return kib === undefined ? undefined : Number(kib);
}

function distinctSpans(): number {
  return sink.traces().reduce((sum, traceId) => sum + sink.spans(traceId).length, 0);
}
