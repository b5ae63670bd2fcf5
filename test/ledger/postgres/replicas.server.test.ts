import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { type ElevenLabsCall, transcriptEvent, WebhookSender } from '../../../sandbox/index.ts';
import { loadConfig } from '../../../src/config/config.ts';
import { openLedger } from '../../../src/ledger/open.ts';
import { WEBHOOK_SECRET } from '../../bridge/webhook-world.ts';
import { HOUR, makeWorld, type World } from '../../bridge/world.ts';
import { type Running, start } from '../../cli/program.ts';
import { query, type TestDatabase, testDatabase } from './databases.ts';
import { freePort, startPostgres } from './server.ts';

let world: World;
let place: TestDatabase;
let replicas: Running[];

beforeEach(async () => {
  world = await makeWorld({ elevenLabs: { log: true } });
  place = await testDatabase();
  replicas = [];
});

afterEach(async () => {
  for (const { process } of replicas) process.kill('SIGKILL');
  await Promise.all(replicas.map(({ ended }) => ended));
  await world.close();
  await place.remove();
});

function environment(): Record<string, string> {
  return {
    ...world.environment,
    CALLSPAN_STATE: place.url,
    CALLSPAN_POLL_INTERVAL: '300ms',
    CALLSPAN_TAVUS_SETTLE: '0s',
    OTEL_METRIC_EXPORT_INTERVAL: '300',
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: world.sink.metricsUrl,
  };
}

async function replica(settings: Record<string, string> = {}): Promise<Running> {
  const running = start(['run'], { ...environment(), ...settings });
  replicas.push(running);
  await running.said('callspan is running');
  return running;
}

/** Which holders there are, and of how many sources. */
async function holders(): Promise<Map<string, number>> {
  const rows = await query(
    place.url,
    `SELECT holder, count(*)::int AS sources FROM callspan.lease
     WHERE name LIKE 'source:%' AND holder IS NOT NULL AND until > clock_timestamp() GROUP BY holder`,
  );
  return new Map(rows.map(({ holder, sources }) => [String(holder), Number(sources)]));
}

async function until(holds: () => Promise<boolean>): Promise<number> {
  const began = performance.now();
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 50));
  return performance.now() - began;
}

/** Conversations of both vendors that have just ended. Before anybody lists them: a list is walked on from where it was. */
function talk(count: number): void {
  for (let index = 0; index < count; index++) {
    const startAt = Date.now() - 600_000 - index * 1_000;
    for (const provider of ['elevenlabs', 'tavus'] as const) {
      world.book.add({ provider, seed: 1, index, startAt, scenario: 'ordinary' });
    }
  }
}

async function delivered(url = place.url): Promise<number> {
  const ledger = await openLedger(url, { readOnly: true });
  try {
    let sum = 0;
    for (const { id } of await ledger.sources.all()) sum += (await ledger.sources.tallies(id)).delivered;
    return sum;
  } finally {
    await ledger.close();
  }
}

describe('replicas', () => {
  test('spread the sources evenly, and what one leaves behind in good order another takes up at once', async () => {
    const first = await replica();
    await until(async () => (await holders()).size === 1);
    const second = await replica();
    await until(async () => [...(await holders()).values()].join() === '1,1');
    second.process.kill('SIGTERM');
    expect((await second.ended).code).toBe(0);
    await until(async () => [...(await holders()).values()].join() === '2');
    expect(first.process.exitCode).toBeNull();
  });

  test('follow one that is killed, and deliver what it had: nothing is missing, and each counts once', async () => {
    const { sources } = await loadConfig(environment());
    expect(sources).toHaveLength(2);
    talk(10);
    const first = await replica();
    await until(async () => [...(await holders()).values()].join() === '2');
    await until(async () => (await delivered()) > 2);
    const second = await replica();
    first.process.kill('SIGKILL');
    await first.ended;
    await until(async () => (await delivered()) === 20);
    await until(async () => [...(await holders()).values()].join() === '2');
    second.process.kill('SIGTERM');
    expect((await second.ended).code).toBe(0);
    const ledger = await openLedger(place.url, { readOnly: true });
    const series = (await ledger.series()).filter(({ metric }) => metric === 'callspan.conversations');
    expect(series.reduce((sum, { count }) => sum + count, 0n)).toBe(20n);
    await ledger.close();
    expect(world.sink.violations).toEqual([]);
    expect([...world.sink.spanStore.differing()]).toEqual([]);
  });

  test('that stood still find out that they have lost their sources, and write nothing', async () => {
    const first = await replica();
    await until(async () => (await holders()).size === 1);
    first.process.kill('SIGSTOP');
    await replica();
    const [frozen] = (await holders()).keys();
    await until(async () => {
      const now = await holders();
      return now.size === 1 && !now.has(String(frozen));
    });
    first.process.kill('SIGCONT');
    await first.said('does not carry the source any more');
    // It joins again, and gets its share.
    await until(async () => [...(await holders()).values()].join() === '1,1');
  });

  test('take webhooks whoever carries the source: nothing that was told waits for a list', async () => {
    const settings = {
      ...{ CALLSPAN_WEBHOOKS: '127.0.0.1:0', ELEVENLABS_WEBHOOK_SECRET: WEBHOOK_SECRET },
      // No list shows what began before.
      CALLSPAN_LOOKBACK: '0s',
    };
    const both = [await replica(settings), await replica(settings)];
    await until(async () => [...(await holders()).values()].join() === '1,1');
    for (const [index, receiver] of both.entries()) {
      const startAt = Date.now() - 20 * HOUR;
      const id = world.book.add({ provider: 'elevenlabs', seed: 5, index, startAt, scenario: 'ordinary' });
      const call = world.book.call(id) as ElevenLabsCall;
      await receiver.said('webhooks are taken');
      const url = `${/"url":"([^"]+)"/.exec(receiver.stderr())?.[1]}/webhooks/elevenlabs`;
      const told = await new WebhookSender({ url, secret: WEBHOOK_SECRET }).send(
        transcriptEvent(call, { format: 'json' }),
      );
      expect(told.taken).toBe(true);
      await until(async () => (await delivered()) === index + 1);
    }
    expect([...world.sink.spanStore.differing()]).toEqual([]);
  });

  test('wait while the server is away, say so once, are not ready meanwhile, and lose nothing', async () => {
    const server = await startPostgres();
    // Where the test fails while it is down it has to be there to be stopped.
    onTestFinished(() => server.stop().catch(() => undefined));
    const [one, other] = [await freePort(), await freePort()];
    const CALLSPAN_STATE = await server.database();
    talk(30);
    const both = [
      await replica({ CALLSPAN_STATE, CALLSPAN_LISTEN: String(one) }),
      await replica({ CALLSPAN_STATE, CALLSPAN_LISTEN: String(other) }),
    ];
    await until(async () => (await delivered(CALLSPAN_STATE)) > 5);
    await server.crash();
    await Promise.all(both.map((each) => each.said('the ledger is away')));
    for (const port of [one, other]) {
      const ready = await fetch(`http://127.0.0.1:${port}/readyz`);
      expect(ready.status).toBe(503);
      expect(await ready.text()).toContain('cannot be reached');
      expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
    }
    // Longer than a lease lasts: nobody has anything any more, and nobody dies of it.
    await new Promise((resolve) => setTimeout(resolve, 12_000));
    const asked = world.elevenLabs.requests.all.length;
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(world.elevenLabs.requests.all.length).toBe(asked);
    await server.start();
    await until(async () => (await delivered(CALLSPAN_STATE)) === 60);
    for (const { process, ended, stderr } of both) {
      expect(process.exitCode).toBeNull();
      expect(stderr().match(/the ledger is away/g)).toHaveLength(1);
      process.kill('SIGTERM');
      expect((await ended).code).toBe(0);
    }
    const ledger = await openLedger(CALLSPAN_STATE, { readOnly: true });
    const counted = (await ledger.series()).filter(({ metric }) => metric === 'callspan.conversations');
    expect(counted.reduce((sum, { count }) => sum + count, 0n)).toBe(60n);
    await ledger.close();
    expect(world.sink.violations).toEqual([]);
    expect([...world.sink.spanStore.differing()]).toEqual([]);
  });
});
