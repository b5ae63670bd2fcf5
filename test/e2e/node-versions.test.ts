import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { scenarioNames } from '../../sandbox/index.ts';
import { HOUR, makeWorld, type World } from '../bridge/world.ts';
import { callspan } from '../cli/program.ts';
import { findNode } from './programs/node.ts';

/** The oldest that is supported, and one of each line that is. Each runs somewhere else in the world. */
const VERSIONS = [
  { version: '20.19.0', place: { TZ: 'Asia/Kathmandu', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' } },
  { version: '22.23.3', place: { TZ: 'America/St_Johns', LANG: 'ar_EG.UTF-8', LC_ALL: 'ar_EG.UTF-8' } },
  { version: '24.21.0', place: { TZ: 'UTC', LANG: 'C', LC_ALL: 'C' } },
];

describe('every supported Node.js', () => {
  let world: World;
  const delivered = new Map<string, string>();

  beforeAll(async () => {
    world = await makeWorld();
    const now = Date.now();
    for (const provider of ['elevenlabs', 'tavus'] as const) {
      for (const [index, scenario] of scenarioNames(provider).entries()) {
        for (const seed of [1, 2]) {
          world.book.add({ provider, seed, index, startAt: now - (4 + index / 10) * HOUR, scenario });
        }
      }
    }
    for (const { version, place } of VERSIONS) {
      const node = await findNode(version);
      const state = { CALLSPAN_STATE: join(world.folder, `${version}.db`) };
      const { code, stdout, stderr } = await callspan(
        ['run', '--once'],
        { ...world.environment, ...place, ...state },
        node,
      );
      expect(code, stderr).toBe(0);
      delivered.set(version, stdout);
    }
  }, 300_000);

  afterAll(async () => {
    await world.close();
  });

  test.for(VERSIONS)('$version is what ran it', async ({ version }) => {
    const { stdout } = await promisify(execFile)(await findNode(version), ['--version']);
    expect(stdout.trim()).toBe(`v${version}`);
  });

  test('comes to the same', () => {
    expect(new Set(delivered.values()).size).toBe(1);
    expect([...delivered.values()][0]).toMatch(/pending 0,/);
  });

  test('sends the same bytes of every span', () => {
    expect(world.sink.violations).toEqual([]);
    expect(world.sink.traces().length).toBeGreaterThan(40);
    expect(world.sink.differing()).toEqual([]);
    const arrivals = world.sink.traces().flatMap((id) => world.sink.spans(id).map((span) => span.arrivals));
    expect(new Set(arrivals)).toEqual(new Set([VERSIONS.length]));
  });
});
