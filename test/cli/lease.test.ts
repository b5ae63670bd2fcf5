import { DatabaseSync } from '@photostructure/sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HOUR, makeWorld, type World } from '../bridge/world.ts';
import { asBusyAsNow, callspan, type Running, start } from './program.ts';

let world: World;
let settings: Record<string, string>;
const bridges: Running[] = [];

beforeEach(async () => {
  world = await makeWorld();
  const now = Date.now();
  world.book.fill({
    ...{ provider: 'elevenlabs', seed: 5, count: 4, scenario: 'ordinary' },
    ...{ from: now - 5 * HOUR, to: now - HOUR },
  });
  settings = { ...world.environment, CALLSPAN_POLL_INTERVAL: '200ms' };
});

afterEach(async () => {
  for (const bridge of bridges.splice(0)) {
    bridge.process.kill('SIGCONT');
    bridge.process.kill('SIGKILL');
    await bridge.ended;
  }
  await world.close();
});

function startBridge(): Running {
  const bridge = start(['run'], settings);
  bridges.push(bridge);
  return bridge;
}

/** Puts a bridge to sleep while it does not hold the file's own lock, which nobody can take from a sleeping process. */
async function stopBetweenWrites(bridge: Running): Promise<void> {
  const ledger = new DatabaseSync(String(settings.CALLSPAN_STATE), { timeout: 0 });
  for (;;) {
    bridge.process.kill('SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, 20));
    try {
      ledger.exec('BEGIN IMMEDIATE; ROLLBACK');
      ledger.close();
      return;
    } catch (error) {
      if (!(error instanceof Error) || !/locked|busy/i.test(error.message)) throw error;
      bridge.process.kill('SIGCONT');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** The program's own last line, in which it says why it ends. */
function lastLine(stderr: string): string {
  return stderr.trimEnd().split('\n').at(-1) ?? '';
}

describe('a second bridge on a ledger', () => {
  test('says who holds it, ends with 3, and does not disturb the first', async () => {
    const first = startBridge();
    await first.said('callspan is running');

    const { code, stderr } = await callspan(['run'], settings);

    expect(stderr).toMatch(
      new RegExp(
        `^callspan: Another callspan is the bridge on .*callspan\\.db: process ${first.process.pid} on \\S+, since \\d{4}-\\S+Z\\.\n$`,
      ),
    );
    expect(code).toBe(3);
    expect(first.process.exitCode).toBeNull();
    expect((await callspan(['run', '--once'], settings)).code).toBe(3);
  });

  test('starts within fifteen seconds where the first was killed, and goes on where that one was', async () => {
    const first = startBridge();
    await first.said('"delivered"');
    first.process.kill('SIGKILL');
    await first.ended;
    const killed = performance.now();

    const second = startBridge();
    await second.said('callspan is running');

    const took = performance.now() - killed;
    expect(took).toBeLessThan(await asBusyAsNow(15_000));
    while (world.sink.traces().length < 4) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(world.sink.differing()).toEqual([]);
  });

  test('takes over from a first that has slept too long, which then records nothing more and ends with 3', async () => {
    const first = startBridge();
    await first.said('callspan is running');
    // The line comes after the record.
    while (first.stderr().split('"delivered"').length <= 4)
      await new Promise((resolve) => setTimeout(resolve, 20));
    await stopBetweenWrites(first);
    const second = startBridge();
    await second.said('callspan is running');
    const status = JSON.parse((await callspan(['status', '--json'], settings)).stdout);
    expect(status.bridge.pid).toBe(second.process.pid);

    first.process.kill('SIGCONT');
    const { code, stderr } = await first.ended;

    expect(lastLine(stderr)).toMatch(
      /^callspan: Another callspan has taken over the ledger .*callspan\.db: .* Nothing more was recorded\.$/,
    );
    expect(code).toBe(3);
    expect(second.process.exitCode).toBeNull();
    // The ledger is still the second one's, and that one still works.
    const id = world.book.add({
      ...{ provider: 'elevenlabs', seed: 6, index: 0, scenario: 'ordinary' },
      startAt: Date.now() - HOUR,
    });
    expect((await callspan(['export', 'elevenlabs', id], settings)).code).toBe(0);
    await second.said(id);
    expect(world.sink.traces()).toHaveLength(5);
    expect(new Set(world.sink.traces().map((id) => world.sink.spans(id)[0]?.arrivals))).toEqual(new Set([1]));
  });
});
