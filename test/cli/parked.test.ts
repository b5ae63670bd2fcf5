import { afterEach, beforeEach, expect, test } from 'vitest';
import { HOUR, makeWorld, type World } from '../bridge/world.ts';
import { callspan } from './program.ts';

let world: World;

beforeEach(async () => {
  world = await makeWorld();
  const startAt = Date.now() - 3 * HOUR;
  world.book.add({ provider: 'elevenlabs', seed: 2, index: 0, startAt, scenario: 'ordinary' });
});

afterEach(() => world.close());

test('what is parked is named by run, status, dead and retry, until a destination takes it', async () => {
  const short = { ...world.environment, CALLSPAN_MAX_AGE: '1h' };
  const ran = await callspan(['run', '--once'], short);
  expect(ran.stdout).toBe('seen 1, delivered 0, pending 0, empty 0, dead 0, parked 1\n');
  expect(ran.code).toBe(0);
  expect(ran.stderr).toMatch(/"msg":"parked"/);

  const status = await callspan(['status'], short);
  expect(status.stdout).toMatch(/delivered 0, pending 0, empty 0, gone 0, dead 0, parked 1$/m);
  expect(status.stdout).toMatch(
    /^ {2}parked: too old for their destination; callspan dead --parked names them/m,
  );

  const named = await callspan(['dead', '--parked'], short);
  expect(named.stdout).toMatch(
    /^conv_\w+ \(elevenlabs\), since \S+\n {2}\S.*\n\nWith a destination that takes them/,
  );
  expect((await callspan(['dead'], short)).stdout).toBe('No dead letters.\n');

  const vain = await callspan(['retry', '--parked'], short);
  expect(vain.stdout).toBe('1 due again, delivered 0, dead 0, parked 1\n');
  expect(vain.code).toBe(1);

  const sent = await callspan(['retry', '--parked'], world.environment);
  expect(sent.stdout).toBe('1 due again, delivered 1, dead 0\n');
  expect(sent.code).toBe(0);
  expect(world.sink.traces()).toHaveLength(1);
  expect(JSON.parse((await callspan(['status', '--json'], short)).stdout).sources[0]).toMatchObject({
    ...{ delivered: 1, parked: 0 },
  });
});
