import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HOUR, makeWorld, type World } from '../bridge/world.ts';
import { asBusyAsNow, callspan, type Running, start } from './program.ts';

/** What docs/operations.md promises, in milliseconds. */
const LONGEST_END = 5_000;

let world: World;
let settings: Record<string, string>;
const running: Running[] = [];

beforeEach(async () => {
  world = await makeWorld();
  const now = Date.now();
  for (const provider of ['elevenlabs', 'tavus'] as const) {
    world.book.fill({
      ...{ provider, seed: 5, count: 10, scenario: 'ordinary' },
      ...{ from: now - 9 * HOUR, to: now - 3 * HOUR },
    });
  }
  settings = { ...world.environment, CALLSPAN_POLL_INTERVAL: '200ms', CALLSPAN_TAVUS_SETTLE: '0s' };
});

afterEach(async () => {
  for (const { process, ended } of running.splice(0)) {
    process.kill('SIGKILL');
    await ended;
  }
  await world.close();
});

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Ends a program by a signal. @returns how, and after how many milliseconds. */
async function end(program: Running, signal: NodeJS.Signals) {
  const began = performance.now();
  program.process.kill(signal);
  const ended = await program.ended;
  return { ...ended, took: performance.now() - began };
}

/** Everybody answers again: what was under way is done at the next start, and nothing is missing or too many. */
async function expectWholeAfterRestart(): Promise<void> {
  for (const server of [world.elevenLabs, world.tavus, world.sink]) server.faults.clear();
  const { code, stdout } = await callspan(['run', '--once'], settings);
  expect(stdout).toMatch(/pending 0, empty 0, dead 0$/m);
  expect(code).toBe(0);
  expect(world.sink.traces()).toHaveLength(20);
  expect(world.sink.differing()).toEqual([]);
  const { sources } = JSON.parse((await callspan(['status', '--json'], settings)).stdout);
  expect(sources.map(({ delivered }: { delivered: number }) => delivered)).toEqual([10, 10]);
  // The last export has a second; what it does not bring on a slow machine, the next run brings.
  const counted = () => world.sink.metrics.total('callspan.conversations', {});
  while (counted() < 20) await callspan(['run', '--once'], settings);
  expect(counted()).toBe(20);
}

describe('the bridge ends within five seconds with 0, and nothing is half recorded', () => {
  test.each([
    ['SIGTERM', 'a list that never comes', 'list'],
    ['SIGINT', 'conversations that never come', 'get'],
  ] as const)('%s in the middle of %s', async (signal, _, route) => {
    const silences = [world.elevenLabs, world.tavus].map((vendor) =>
      vendor.faults.add({ route, fault: { kind: 'silence' } }),
    );
    const bridge = start(['run'], settings);
    running.push(bridge);
    await until(() => silences.every(({ hits }) => hits > 0));

    const { code, took, stderr } = await end(bridge, signal);

    expect(code).toBe(0);
    expect(took).toBeLessThan(await asBusyAsNow(LONGEST_END));
    expect(stderr.trimEnd().split('\n').at(-1)).toContain('callspan has stopped');
    await expectWholeAfterRestart();
  });

  test('SIGTERM in the middle of deliveries and numbers that the collector never answers', async () => {
    const silence = world.sink.faults.add({ fault: { kind: 'silence' } });
    const bridge = start(['run'], { ...settings, OTEL_METRIC_EXPORT_INTERVAL: '300' });
    running.push(bridge);
    await until(() => silence.hits > 2);

    const { code, took } = await end(bridge, 'SIGTERM');

    expect(code).toBe(0);
    expect(took).toBeLessThan(await asBusyAsNow(LONGEST_END));
    await expectWholeAfterRestart();
  });

  test('SIGTERM in the middle of answers that come, at any moment of them', async () => {
    world.elevenLabs.faults.add({ fault: { kind: 'delay', ms: 30 } });
    for (const delivered of [1, 4, 9]) {
      const bridge = start(['run'], settings);
      running.push(bridge);
      await bridge.said('callspan is running');
      await until(() => world.sink.traces().length >= delivered);
      const { code, took } = await end(bridge, 'SIGTERM');
      expect(code).toBe(0);
      expect(took).toBeLessThan(await asBusyAsNow(LONGEST_END));
    }
    await expectWholeAfterRestart();
    // What the collector had answered was recorded: none of it came again.
    expect(new Set(world.sink.traces().map((id) => world.sink.spans(id)[0]?.arrivals))).toEqual(new Set([1]));
  });

  test('SIGINT in the middle of a backfill that it does for a command: the next start takes it up', async () => {
    const now = Date.now();
    world.book.fill({
      ...{ provider: 'elevenlabs', seed: 9, count: 5, scenario: 'ordinary', firstIndex: 50 },
      ...{ from: now - 80 * HOUR, to: now - 70 * HOUR },
    });
    let bridge = start(['run'], settings);
    running.push(bridge);
    await until(() => world.sink.traces().length === 20);
    const silence = world.elevenLabs.faults.add({ route: 'get', fault: { kind: 'silence' } });
    const command = start(['backfill', '--since', '7d'], settings);
    running.push(command);
    await until(() => silence.hits > 0);

    const { code, took } = await end(bridge, 'SIGINT');
    expect(code).toBe(0);
    expect(took).toBeLessThan(await asBusyAsNow(LONGEST_END));

    silence.remove();
    bridge = start(['run'], settings);
    running.push(bridge);
    const told = await command.ended;
    expect(told.stdout).toMatch(
      /^listed \d+, to deliver \d, delivered \d, pending 0, empty 0, dead 0, later 0$/m,
    );
    expect(told.code).toBe(0);
    expect(world.sink.traces()).toHaveLength(25);
    expect(world.sink.differing()).toEqual([]);
  });
});

test('a second signal ends it at once', async () => {
  world.sink.faults.add({ fault: { kind: 'silence' } });
  const bridge = start(['run'], settings);
  running.push(bridge);
  await until(() => world.sink.requests.total > 0);
  bridge.process.kill('SIGTERM');
  // Two of one kind would be one to a program that has not come to look at the first.
  const { code } = await end(bridge, 'SIGINT');
  expect(code).toBe(1);
});
