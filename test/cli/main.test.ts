import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HOUR, makeWorld, type World } from '../bridge/world.ts';
import { callspan } from './program.ts';

// What a newcomer breaks first. Each command is looked at closely in the tests that need longer.
describe('the built program', () => {
  let world: World;

  beforeAll(async () => {
    world = await makeWorld();
    const startAt = Date.now() - 4 * HOUR;
    world.book.add({ provider: 'elevenlabs', scenario: 'ordinary', seed: 1, index: 0, startAt });
    world.book.add({ provider: 'tavus', scenario: 'ordinary', seed: 1, index: 1, startAt });
  });

  afterAll(async () => {
    await world.close();
  });

  test('names every command in its help', async () => {
    const { code, stdout } = await callspan(['--help']);
    expect(code).toBe(0);
    const modules = readdirSync(fileURLToPath(new URL('../../src/cli/', import.meta.url)));
    for (const name of [
      'run',
      'status',
      'dead',
      'forget',
      'completion',
      'list',
      'report',
      'explain',
      'backfill',
      'export',
      'trace-id',
      'retry',
      'verify',
      'show',
      'capture',
      'demo',
    ]) {
      expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
      expect(modules).toContain(`${name}.ts`);
    }
  });

  test('delivers what is finished once, and says so', async () => {
    const first = await callspan(['run', '--once'], world.environment);
    expect(first.code, first.stderr).toBe(0);
    expect(first.stdout).toBe('seen 2, delivered 2, pending 0, empty 0, dead 0\n');
    const second = await callspan(['run', '--once'], world.environment);
    expect(second.code, second.stderr).toBe(0);
    expect(world.sink.traces()).toHaveLength(2);
    const arrivals = world.sink.traces().flatMap((id) => world.sink.spans(id).map((span) => span.arrivals));
    expect(new Set(arrivals)).toEqual(new Set([1]));
  });
});
