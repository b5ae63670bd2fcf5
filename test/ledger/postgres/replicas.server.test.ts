import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { openLedger } from '../../../src/ledger/open.ts';
import { HOUR, makeWorld, type World } from '../../bridge/world.ts';
import { type Running, start } from '../../cli/program.ts';
import { startPostgres, type TestServer } from './server.ts';

let server: TestServer;
let world: World;
let settings: Record<string, string>;
const replicas: Running[] = [];

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

beforeEach(async () => {
  world = await makeWorld();
  settings = {
    ...world.environment,
    CALLSPAN_STATE: await server.database(),
    CALLSPAN_POLL_INTERVAL: '200ms',
  };
});

afterEach(async () => {
  for (const replica of replicas.splice(0)) {
    replica.process.kill('SIGCONT');
    replica.process.kill('SIGKILL');
    await replica.ended;
  }
  await world.close();
});

function startReplica(): Running {
  const replica = start(['run'], settings);
  replicas.push(replica);
  return replica;
}

/** Puts so many conversations into the vendor's book that are over. */
function talk(seed: number, count: number): void {
  const now = Date.now();
  world.book.fill({
    ...{ provider: 'elevenlabs', seed, count, scenario: 'ordinary' },
    ...{ from: now - 5 * HOUR, to: now - HOUR },
  });
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 50));
}

/** Every conversation was delivered, as one form, and counts once. */
async function expectWhole(count: number): Promise<void> {
  const ledger = await openLedger(String(settings.CALLSPAN_STATE), { readOnly: true });
  try {
    const delivered = async () => {
      const [source] = (await ledger.sources.all()).filter(({ provider }) => provider === 'elevenlabs');
      return source === undefined ? 0 : (await ledger.sources.tallies(source.id)).delivered;
    };
    await until(async () => (await delivered()) >= count);
    const counted = (await ledger.series()).filter(({ metric }) => metric === 'callspan.conversations');
    expect(counted.reduce((sum, series) => sum + series.sum, 0n)).toBe(BigInt(count) * 1_000_000_000n);
    expect(await delivered()).toBe(count);
  } finally {
    await ledger.close();
  }
  expect(world.sink.traces()).toHaveLength(count);
  expect(world.sink.differing()).toEqual([]);
}

test('of two replicas the second stands by, and goes on where the first was killed', async () => {
  talk(1, 60);
  const first = startReplica();
  await first.said('callspan is running');
  const second = startReplica();
  await second.said('standing by');
  expect(second.stderr()).toContain(`process ${first.process.pid}`);
  await until(() => world.sink.traces().length > 0);
  first.process.kill('SIGKILL');
  await first.ended;
  await second.said('callspan is running');
  await expectWhole(60);
});

test('a replica that is asked to stop hands over, and the other one begins at its next look', async () => {
  talk(3, 20);
  const first = startReplica();
  await first.said('callspan is running');
  const second = startReplica();
  await second.said('standing by');
  first.process.kill('SIGTERM');
  expect((await first.ended).code).toBe(0);
  await second.said('callspan is running');
  await expectWhole(20);
});

test('a replica that was frozen stands by when it wakes, and what it had begun is sent in one form', async () => {
  talk(4, 60);
  const first = startReplica();
  await first.said('callspan is running');
  const second = startReplica();
  await second.said('standing by');
  await until(() => world.sink.traces().length > 0);
  first.process.kill('SIGSTOP');
  await second.said('callspan is running');
  first.process.kill('SIGCONT');
  await first.said('standing by');
  await expectWhole(60);
});

test('both replicas stand by while the server is down, and one goes on when it is back', async () => {
  talk(5, 200);
  const [first, second] = [startReplica(), startReplica()];
  await Promise.race([first.said('callspan is running'), second.said('callspan is running')]);
  await until(() => world.sink.traces().length > 0);
  await server.crash();
  await Promise.all([first.said('cannot be reached'), second.said('cannot be reached')]);
  await server.start();
  await expectWhole(200);
});
