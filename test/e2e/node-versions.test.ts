import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
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

/** What the program is made of, as folders of tests: from a payload to the ledger and to the collector. */
const CORE = ['vendors', 'trace', 'metrics', 'ledger', 'delivery', 'http', 'time', 'config', 'show'];
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

interface Report {
  readonly numPassedTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly message: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

/** What becomes of the tests of `CORE` on the Node.js at `node`, and which of them failed. */
async function testCore(node: string): Promise<{ passed: number; failed: string[] }> {
  const folder = await mkdtemp(join(tmpdir(), 'callspan-test-'));
  const report = join(folder, 'report.json');
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
  const options = ['run', '--project', 'unit', '--reporter=json', `--outputFile=${report}`];
  // This run's own variables would tell the other that it is a worker.
  const { VITEST_POOL_ID: _, VITEST_WORKER_ID: __, VITEST: ___, ...inherited } = process.env;
  const env = { ...inherited, PATH: `${dirname(node)}:${process.env.PATH ?? ''}` };
  try {
    // With failures it ends with 1 and a report, without a report with what it says itself.
    const said = await promisify(execFile)(
      node,
      [vitest, ...options, ...CORE.map((name) => `test/${name}/`)],
      {
        ...{ cwd: ROOT, env, maxBuffer: 2 ** 26 },
      },
    ).catch((error: Error & { stderr?: string }) => ({ stderr: `${error.message}\n${error.stderr}` }));
    const text = await readFile(report, 'utf8').catch(() => {
      throw new Error(said.stderr);
    });
    const { numPassedTests, testResults } = JSON.parse(text) as Report;
    const failed = testResults.flatMap(({ name, message, assertionResults }) => {
      const titles = assertionResults.filter(({ status }) => status === 'failed');
      if (titles.length > 0) return titles.map(({ fullName }) => `${name}: ${fullName}`);
      return message === '' ? [] : [`${name}: ${message}`];
    });
    return { passed: numPassedTests, failed };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

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
  });

  afterAll(async () => {
    await world.close();
  });

  test.for(VERSIONS)('$version is what ran it', async ({ version }) => {
    const { stdout } = await promisify(execFile)(await findNode(version), ['--version']);
    expect(stdout.trim()).toBe(`v${version}`);
  });

  test('passes the same tests of translators, ledger and delivery', async () => {
    const passed = new Set<number>();
    // On the line that this runs on, `npm test` has seen to that.
    const [own] = process.versions.node.split('.');
    for (const { version } of VERSIONS.filter((one) => !one.version.startsWith(`${own}.`))) {
      const core = await testCore(await findNode(version));
      expect(core.failed, version).toEqual([]);
      passed.add(core.passed);
    }
    expect(passed.size).toBe(1);
    expect(Math.max(...passed)).toBeGreaterThan(1_000);
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
