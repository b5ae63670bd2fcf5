import { createHash } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import {
  type ElevenLabsCall,
  type RetellCall,
  retellEvents,
  scenarioNames,
  simulateCall,
  transcriptEvent,
  truth,
} from '../../sandbox/index.ts';
import { openLedger } from '../../src/ledger/open.ts';
import { WEBHOOK_SECRET } from './webhook-world.ts';
import { makeWorld, type World } from './world.ts';

const SETTINGS = { CALLSPAN_WEBHOOKS: '127.0.0.1:0', ELEVENLABS_WEBHOOK_SECRET: WEBHOOK_SECRET };

/** A call that ended less than an hour ago, of an agent that keeps nothing. */
async function unkept(): Promise<{ world: World; call: ElevenLabsCall }> {
  const world = await makeWorld();
  onTestFinished(() => world.close());
  const spec = { provider: 'elevenlabs', seed: 3, index: 0, scenario: 'zero-retention' } as const;
  const { start, terminalAt } = simulateCall({ ...spec, startAt: Date.now() });
  const lasted = (terminalAt - start) / 1_000;
  const id = world.book.add({ ...spec, startAt: Date.now() - lasted - 40 * 60_000 });
  return { world, call: world.book.call(id) as ElevenLabsCall };
}

async function withLedger<Result>(
  { environment }: World,
  use: (ledger: Awaited<ReturnType<typeof openLedger>>) => Promise<Result>,
): Promise<Result> {
  const ledger = await openLedger(environment.CALLSPAN_STATE ?? '');
  try {
    return await use(ledger);
  } finally {
    await ledger.close();
  }
}

async function bring(world: World, call: ElevenLabsCall): Promise<void> {
  const payload = Buffer.from(JSON.stringify(transcriptEvent(call, { format: 'json' })));
  await withLedger(world, async (ledger) => {
    const notice = {
      ...{ source: await ledger.source('elevenlabs', 'elevenlabs'), conversation: call.id },
      ...{ type: 'post_call_transcription', at: Date.now(), payload, final: true, terminal: true },
      digest: createHash('sha256').update(payload).digest('hex'),
    };
    await ledger.inbox.put([notice], Date.now());
  });
}

/** What waits for another attempt is due now. */
async function retry(world: World): Promise<void> {
  await withLedger(world, async (ledger) => {
    const source = await ledger.source('elevenlabs', 'elevenlabs');
    await ledger.conversations.revive(source, { dead: false, only: undefined }, Date.now());
  });
}

test('a single run delivers what a webhook brought before', async () => {
  const { world, call } = await unkept();
  await bring(world, call);
  const settings = { ...SETTINGS, CALLSPAN_LOOKBACK: '0s' };
  expect(await world.runOnce(settings)).toMatchObject({ delivered: 1, pending: 0 });
  const [traceId = ''] = world.sink.traces();
  expect(world.sink.spans(traceId).length).toBeGreaterThan(2);
  await withLedger(world, async (ledger) => {
    const source = await ledger.source('elevenlabs', 'elevenlabs');
    expect(await ledger.inbox.depth(source)).toMatchObject({ waiting: 0, payloads: 0 });
  });
});

test('single runs leave a call to its webhook where webhooks are taken', async () => {
  const { world, call } = await unkept();
  for (let run = 0; run < 3; run++) {
    expect(await world.runOnce(SETTINGS)).toMatchObject({ delivered: 0, pending: 1, empty: 0 });
    await retry(world);
  }
  await bring(world, call);
  expect(await world.runOnce(SETTINGS)).toMatchObject({ delivered: 1, pending: 0 });
});

test('a call without a time of its own, of which only a webhook tells, stands where it was first heard of', async () => {
  const world = await makeWorld({ retell: {} });
  onTestFinished(() => world.close());
  const spec = { provider: 'retell', seed: 3, index: 0, startAt: Date.now() - 40 * 60_000 } as const;
  const scenario = scenarioNames('retell').find(
    (name) => truth(simulateCall({ ...spec, scenario: name })).undated,
  );
  const call = simulateCall({ ...spec, ...(scenario === undefined ? {} : { scenario }) }) as RetellCall;
  const { body } = retellEvents(call).at(-1) ?? {};
  const kept = { ...(body?.call as object), data_storage_setting: 'basic_attributes_only' };
  const payload = Buffer.from(JSON.stringify({ ...body, call: kept }));
  const source = await withLedger(world, async (ledger) => {
    const source = await ledger.source('retell', 'retell');
    const notice = { source, conversation: call.id, type: 'call_analyzed', at: undefined, payload };
    const digest = createHash('sha256').update(payload).digest('hex');
    await ledger.inbox.put([{ ...notice, digest, final: true, terminal: true }], Date.now());
    return source;
  });
  const settings = { RETELL_WEBHOOK_SECRET: WEBHOOK_SECRET, CALLSPAN_WEBHOOKS: '127.0.0.1:0' };
  expect(await world.runOnce({ ...settings, CALLSPAN_LOOKBACK: '0s' })).toMatchObject({ delivered: 1 });
  const seen = await withLedger(world, async (ledger) => await ledger.conversations.get(source, call.id));
  const [root] = world.sink.spans(world.sink.traces()[0] ?? '').flatMap(({ forms }) => forms);
  expect(root?.span?.startTimeUnixNano).toBe(`${seen?.firstSeenAt}000000`);
});
