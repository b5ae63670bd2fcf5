import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CallBook, type ElevenLabsCall, elevenLabsSignature, transcriptEvent } from '../../sandbox/index.ts';
import type { Notice } from '../../src/ledger/records.ts';
import { toOtlp } from '../../src/trace/span-batch.ts';
import { elevenLabsWebhook } from '../../src/vendors/elevenlabs/webhook.ts';
import { BEGIN } from './runner-world.ts';
import { SimulatedVendor } from './simulated-vendor.ts';
import { ledgerFolder, SimulatedCollector, Simulation } from './simulation.ts';
import { VirtualClock } from './virtual-clock.ts';

const SECRET = 'wsec_of_this_test_only';
const MINUTE = 60_000;

/** What may happen to one conversation, in any order, as often as it likes. */
const STEPS = ['json', 'otel', 'poll', 'backfill', 'export', 'crash', 'wait'] as const;
type Step = (typeof STEPS)[number];

/** The body of a webhook as what the intake makes of it, once its signature is verified. */
function noticeOf(
  source: number,
  call: ElevenLabsCall,
  format: 'json' | 'opentelemetry',
  now: number,
): Notice {
  const body = Buffer.from(JSON.stringify(transcriptEvent(call, { format })));
  const stamp = Math.floor(now / 1_000);
  const headers = { 'elevenlabs-signature': elevenLabsSignature(body, SECRET, stamp) };
  const verification = elevenLabsWebhook.verify(headers, [SECRET], now);
  verification.update(body);
  expect(verification.verdict()).toEqual({ verified: true });
  const event = elevenLabsWebhook.read(JSON.parse(body.toString()));
  if (event === undefined) throw new Error('It speaks of no conversation');
  return {
    ...{ source, conversation: event.id, type: event.type, at: event.at, payload: body },
    ...{ final: event.final === true, terminal: event.terminal === true },
    digest: createHash('sha256').update(body).digest('hex'),
  };
}

/** Takes a conversation through the steps, and then lets time pass until nothing is left to do. */
async function happen(steps: readonly Step[], scenario: string) {
  const folder = await ledgerFolder();
  const clock = new VirtualClock({ now: BEGIN, seed: 5 });
  const book = new CallBook();
  const startAt = BEGIN - 30 * MINUTE;
  const id = book.add({ provider: 'elevenlabs', seed: 7, index: 1, scenario, startAt });
  const call = book.call(id) as ElevenLabsCall;
  const vendor = new SimulatedVendor({ book, provider: 'elevenlabs', clock });
  let isCrashing = false;
  const forms = new Map<string, Set<string>>();
  const collector = new SimulatedCollector(() =>
    // It has taken the spans, and nobody hears of it.
    isCrashing ? { kind: 'failed', blame: 'unknown', reason: 'killed' } : undefined,
  );
  const deliver = collector.deliver.bind(collector);
  collector.deliver = async (batch) => {
    for (const span of spansOf(batch)) {
      const known = forms.get(span.spanId) ?? new Set<string>();
      forms.set(span.spanId, known.add(JSON.stringify(span)));
    }
    return await deliver(batch);
  };
  const simulation = new Simulation({
    ...{ clock, provider: 'elevenlabs', vendor, collector, file: `${folder.path}/callspan.db` },
    settings: { CALLSPAN_WEBHOOKS: '0', ELEVENLABS_WEBHOOK_SECRET: SECRET, CALLSPAN_POLL_INTERVAL: '60m' },
  });
  try {
    await simulation.start();
    const source = simulation.runner.id;
    for (const step of steps) {
      const { ledger, runner } = simulation;
      if (step === 'json' || step === 'otel') {
        const format = step === 'json' ? 'json' : 'opentelemetry';
        await ledger.inbox.put([noticeOf(source, call, format, clock.now())], clock.now());
        runner.inbox.told();
      } else if (step === 'poll') {
        const sighting = { id, ended: true, startedAt: startAt, endedAt: startAt + MINUTE, due: clock.now() };
        await ledger.conversations.see(source, [sighting], clock.now());
        await runner.revive({ dead: false, only: undefined });
      } else if (step === 'backfill' || step === 'export') {
        const forced = step === 'export' ? clock.now() : undefined;
        const wish = { id, startedAt: startAt, endedAt: undefined };
        await ledger.conversations.want(source, [wish], clock.now(), forced);
        await runner.revive({ dead: false, only: undefined });
      } else if (step === 'wait') await clock.pass(clock.trueNow() + MINUTE);
      else {
        isCrashing = true;
        await clock.pass(clock.trueNow() + 500);
        await simulation.stop();
        isCrashing = false;
        await simulation.start();
      }
    }
    const { ledger } = simulation;
    for (let waited = 0; waited < 24; waited++) {
      await clock.pass(clock.trueNow() + (waited < 20 ? MINUTE : 60 * MINUTE));
      const row = await ledger.conversations.get(source, id);
      if (row?.state === 'delivered' && row.dueAt === undefined) break;
    }
    const series = await ledger.series();
    const counted = series.filter(({ metric }) => metric === 'callspan.conversations');
    return {
      state: (await ledger.conversations.get(source, id))?.state,
      counted: counted.reduce((sum, { count }) => sum + Number(count), 0),
      traces: new Set([...forms.values()].flatMap((all) => [...all].map((form) => traceOf(form)))),
      changed: [...forms].filter(([, all]) => all.size > 1).map(([spanId]) => spanId),
      spans: forms.size,
      payload: (await ledger.inbox.of(source, id)).payload,
      call,
    };
  } finally {
    await simulation.stop();
    await folder.remove();
  }
}

function spansOf(batch: Parameters<SimulatedCollector['deliver']>[0]) {
  return toOtlp(batch).resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));
}

function traceOf(form: string): string {
  return (JSON.parse(form) as { traceId: string }).traceId;
}

const told = fc.array(fc.constantFrom(...STEPS), { minLength: 1, maxLength: 7 });

test('one conversation by webhooks, list, backfill and export in any order, with crashes, is one trace', async () => {
  await fc.assert(
    fc.asyncProperty(told, async (steps) => {
      const { state, counted, traces, changed, payload, call } = await happen([...steps, 'poll'], 'ordinary');
      expect({ state, counted, changed, payload }).toEqual({
        ...{ state: 'delivered', counted: 1, changed: [], payload: undefined },
      });
      expect([...traces]).toEqual([call.traceId]);
    }),
    { numRuns: 300 },
  );
});

test('so is one that only a webhook brings, whatever the vendor shows of it before and after', async () => {
  await fc.assert(
    fc.asyncProperty(told, fc.constantFrom('json', 'otel'), async (before, form) => {
      // An agent has one form: nobody is told in both.
      const steps = before.map((step) => (step === 'json' || step === 'otel' ? form : step));
      const { state, counted, traces, changed, spans } = await happen(
        [...steps, form, 'wait', 'export'],
        'zero-retention',
      );
      expect({ state, counted, changed }).toEqual({ state: 'delivered', counted: 1, changed: [] });
      expect(traces.size).toBe(1);
      expect(spans).toBeGreaterThan(2);
    }),
    { numRuns: 200 },
  );
});
