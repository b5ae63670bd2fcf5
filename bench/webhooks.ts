/**
 * How fast webhooks are taken: `npm run bench:webhooks`. The bridge, the senders, and vendors with the collector are three
 * processes. Prints the 99th percentile of answers at 200 a second beside that of a flush of this disk; that from the answer to
 * the collector at 50 a second, with the CPU time that the bridge needs for it; and what a flood of 10,000 forged calls beside
 * 100 true ones does.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type ElevenLabsCall, transcriptEvent } from '../sandbox/index.ts';
import { HOUR, makeWorld } from '../test/bridge/world.ts';
import { start } from '../test/cli/program.ts';
import { cpuMillisOf, peakRssMiBOf, rssMiBOf } from './process-figures.ts';
import type { Sending, Sent } from './webhook-sender.ts';

const SECRET = 'wsec_of_this_bench_only';
const FORGED = 10_000;
const TRUE = 100;

const world = await makeWorld({ elevenLabs: { log: true } });
const program = start(['run'], {
  ...world.environment,
  ...{ CALLSPAN_WEBHOOKS: '127.0.0.1:0', ELEVENLABS_WEBHOOK_SECRET: SECRET, CALLSPAN_LOOKBACK: '0s' },
  ...{ OTEL_METRICS_EXPORTER: 'none', ELEVENLABS_ZERO_RETENTION: process.argv[2] ?? 'false' },
});
await program.said('webhooks are taken');
const url = `${/"url":"([^"]+)"/.exec(program.stderr())?.[1]}/webhooks/elevenlabs`;
const pid = program.process.pid ?? 0;
const sender = fork(new URL('./webhook-sender.ts', import.meta.url), { execArgv: ['--import', 'tsx'] });

const p99 = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b)[Math.ceil(values.length * 0.99) - 1] ?? 0;
const say = (line: string) => void process.stdout.write(`${line}\n`);

function flushes(): number[] {
  const file = openSync(join(world.folder, 'flush'), 'w');
  const took = Array.from({ length: 200 }, () => {
    writeSync(file, Buffer.alloc(4_096, 1));
    const began = performance.now();
    fsyncSync(file);
    return performance.now() - began;
  });
  closeSync(file);
  return took;
}

async function send(...sendings: Omit<Sending, 'url'>[]): Promise<Sent[][]> {
  sender.send(sendings.map((sending) => ({ url, ...sending })));
  const [sent] = (await once(sender, 'message')) as [Sent[][]];
  return sent;
}

interface Told {
  readonly call: ElevenLabsCall;
  readonly body: string;
}

let made = 0;
function make(count: number): Told[] {
  return Array.from({ length: count }, () => {
    const index = made++;
    const startAt = Date.now() - 20 * HOUR - index * 1_000;
    const id = world.book.add({ provider: 'elevenlabs', seed: 9, index, scenario: 'ordinary', startAt });
    const call = world.book.call(id) as ElevenLabsCall;
    return { call, body: JSON.stringify(transcriptEvent(call, { format: 'json' })) };
  });
}

/** When each trace had come, unix milliseconds. Resolves when all have. */
async function arrivals(calls: readonly ElevenLabsCall[]): Promise<ReadonlyMap<string, number>> {
  const came = new Map<string, number>();
  const missing = new Set(calls.map(({ traceId }) => traceId));
  while (missing.size > 0) {
    for (const traceId of missing) {
      if (world.sink.spans(traceId).length === 0) continue;
      came.set(traceId, Date.now());
      missing.delete(traceId);
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return came;
}

async function settled(told: readonly Told[], rate?: number) {
  const pace = rate === undefined ? {} : { rate };
  const coming = arrivals(told.map(({ call }) => call));
  const [sent = []] = await send({ secret: SECRET, bodies: told.map(({ body }) => body), ...pace });
  const wrong = sent.find(({ status }) => status !== 200);
  if (wrong !== undefined) throw new Error(`It answered ${wrong.status}`);
  return { sent, came: await coming };
}

await settled(make(200), 50);
const flush = p99(flushes());

const told = make(500);
const before = cpuMillisOf(pid);
const { sent, came } = await settled(told, 50);
const cpu = (cpuMillisOf(pid) - before) / told.length;
const delays = told.map(
  ({ call }, index) => (came.get(call.traceId) ?? 0) - (sent[index]?.answeredAt ?? Number.POSITIVE_INFINITY),
);
say(`answered to accepted at 50/s: p99 ${p99(delays).toFixed(0)} ms, ${cpu.toFixed(1)} ms of CPU each`);

const fast = await settled(make(1_000), 200);
const answers = p99(fast.sent.map(({ took }) => took));
say(
  `answer at 200/s: p99 ${answers.toFixed(1)} ms; a flush of this disk: p99 ${flush.toFixed(2)} ms; ratio ${(answers / flush).toFixed(0)}`,
);

const bodies = Array.from(
  { length: FORGED },
  (_, index) => `{"type":"post_call_transcription","data":{"conversation_id":"conv_forged_${index}"}}`,
);
const beside = make(TRUE);
const idle = rssMiBOf(pid);
const asked = world.elevenLabs.requests.all.length;
const began = performance.now();
const coming = arrivals(beside.map(({ call }) => call));
const [forged = [], real = []] = await send(
  { secret: 'a secret of nobody', bodies },
  { secret: SECRET, bodies: beside.map(({ body }) => body), rate: 50 },
);
const flooded = (performance.now() - began) / 1_000;
const last = await coming;
const late = beside.map(({ call }, index) => (last.get(call.traceId) ?? 0) - (real[index]?.answeredAt ?? 0));
const gets = world.elevenLabs.requests.all.slice(asked).filter(({ path }) => /conversations\/./.test(path));
say(
  `flood: ${forged.filter(({ status }) => status === 401).length} of ${FORGED} forged refused in ${flooded.toFixed(1)} s; ` +
    `beside them ${real.filter(({ status }) => status === 200).length} of ${TRUE} true ones answered, p99 ${p99(real.map(({ took }) => took)).toFixed(0)} ms, ` +
    `and accepted p99 ${p99(late).toFixed(0)} ms later; ${gets.length} GETs; memory ${(peakRssMiBOf(pid) - idle).toFixed(0)} MiB over ${idle.toFixed(0)} MiB at the most`,
);

sender.kill();
program.process.kill('SIGTERM');
await program.ended;
await world.close();
