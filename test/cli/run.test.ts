import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HOUR, KEY, MINUTE, makeWorld, type World } from '../bridge/world.ts';
import { callspan, NOWHERE, start } from './program.ts';

let world: World;

beforeEach(async () => {
  world = await makeWorld();
});

afterEach(async () => {
  await world.close();
});

/** One line that begins with the program's name; no stack, and never the key. */
function expectOneClearLine(stderr: string, said: RegExp): void {
  const lines = stderr.trimEnd().split('\n');
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(said);
  expect(stderr).not.toMatch(/\n\s+at /);
  expect(stderr).not.toContain(KEY);
}

describe('callspan run --once', () => {
  test('prints a summary and ends with 0 when everything ready was delivered', async () => {
    world.book.fill({
      provider: 'tavus',
      seed: 2,
      count: 3,
      from: Date.now() - 5 * HOUR,
      to: Date.now() - HOUR,
      scenario: 'ordinary',
    });

    const { code, stdout, stderr } = await callspan(['run', '--once'], world.environment);

    expect(stdout).toBe('seen 3, delivered 3, pending 0, empty 0, dead 0\n');
    expect(code).toBe(0);
    const lines = stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(
      lines
        .filter((line) => line.msg === 'delivered')
        .map((line) => line.traceId)
        .sort(),
    ).toEqual(world.sink.traces().sort());
  });

  test('without a key: one line, 2', async () => {
    const { code, stderr } = await callspan(['run', '--once']);
    expectOneClearLine(
      stderr,
      /^callspan: No source: set ELEVENLABS_API_KEY, TAVUS_API_KEY, RETELL_API_KEY or VAPI_API_KEY/,
    );
    expect(code).toBe(2);
  });

  test('with a wrong key: one line that says what to check, 2', async () => {
    const { TAVUS_API_KEY: _, ...environment } = world.environment;
    const { code, stdout, stderr } = await callspan(['run', '--once'], {
      ...environment,
      ELEVENLABS_API_KEY: `wrong-${KEY}`,
    });
    expectOneClearLine(
      stderr,
      /^callspan: elevenlabs: GET \/v1\/convai\/conversations: answered 401 invalid_api_key.*check its API key/,
    );
    expect(stdout).toBe('seen 0, delivered 0, pending 0, empty 0, dead 0\n');
    expect(code).toBe(2);
  });

  test('with a wrong key for one vendor delivers the other, 2', async () => {
    world.book.add({
      provider: 'tavus',
      seed: 2,
      index: 0,
      startAt: Date.now() - HOUR,
      scenario: 'ordinary',
    });
    const { code, stdout } = await callspan(['run', '--once'], {
      ...world.environment,
      ELEVENLABS_API_KEY: 'wrong',
    });
    expect(stdout).toBe('seen 1, delivered 1, pending 0, empty 0, dead 0\n');
    expect(code).toBe(2);
  });

  test('with a vendor that cannot be reached: gives up after five tries, one line, 1', async () => {
    const { TAVUS_API_KEY: _, ...environment } = world.environment;
    const { code, stderr } = await callspan(['run', '--once'], {
      ...environment,
      ELEVENLABS_BASE_URL: NOWHERE,
    });
    expectOneClearLine(
      stderr,
      /^callspan: elevenlabs: GET \/v1\/convai\/conversations: unavailable after 5 tries: .*(refused|ECONNREFUSED)/,
    );
    expect(code).toBe(1);
  });

  test('with an unknown host: one line, 1', async () => {
    const { ELEVENLABS_API_KEY: _, ...environment } = world.environment;
    const { code, stderr } = await callspan(['run', '--once'], {
      ...environment,
      TAVUS_BASE_URL: 'http://no-such-host.invalid',
    });
    expectOneClearLine(stderr, /^callspan: tavus: GET \/v2\/conversations: unavailable after 5 tries/);
    expect(code).toBe(1);
  });

  test('with a collector that is down: gives up after five tries, one line, 1, and delivers at the next start', async () => {
    world.book.add({
      provider: 'elevenlabs',
      seed: 2,
      index: 0,
      startAt: Date.now() - HOUR,
      scenario: 'ordinary',
    });

    const { code, stdout, stderr } = await callspan(['run', '--once'], {
      ...world.environment,
      OTEL_EXPORTER_OTLP_ENDPOINT: NOWHERE,
    });

    expectOneClearLine(stderr, /^callspan: elevenlabs: http:\/\/127\.0\.0\.1:1.*\(5 tries\)/);
    expect(stdout).toBe('seen 1, delivered 0, pending 1, empty 0, dead 0\n');
    expect(code).toBe(1);
    expect((await callspan(['run', '--once'], world.environment)).stdout).toMatch(/delivered 1, pending 0/);
  });

  test('with a wrong setting: one line that names it, its value and what is allowed, 2', async () => {
    const { code, stderr } = await callspan(['run'], { ...world.environment, CALLSPAN_LOOKBACK: 'a day' });
    expectOneClearLine(
      stderr,
      /^callspan: CALLSPAN_LOOKBACK=a day: expected a duration such as 500ms, 30s, 5m or 24h\.$/,
    );
    expect(code).toBe(2);
  });

  test('with a ledger that is none: one line, 3', async () => {
    const file = join(world.folder, 'other.db');
    await writeFile(file, 'this is no database, but it is long enough to look at'.repeat(40));
    const { code, stderr } = await callspan(['run'], { ...world.environment, CALLSPAN_STATE: file });
    expectOneClearLine(
      stderr,
      /^callspan: The ledger .*other\.db is damaged or is no callspan ledger; restore a backup/,
    );
    expect(code).toBe(3);
  });
});

describe('callspan run', () => {
  test('delivers what comes, and ends with 0 on SIGTERM', async () => {
    const bridge = start(['run'], { ...world.environment, CALLSPAN_POLL_INTERVAL: '200ms' });
    await bridge.said('callspan is running');
    world.book.add({
      provider: 'elevenlabs',
      seed: 3,
      index: 0,
      startAt: Date.now() - 20 * MINUTE,
      scenario: 'ordinary',
    });
    await bridge.said('"delivered"');
    bridge.process.kill('SIGTERM');

    const { code } = await bridge.ended;

    expect(code).toBe(0);
    expect(world.sink.traces()).toHaveLength(1);
  });

  test('ends on SIGINT in the middle of a request that never ends', async () => {
    world.book.add({
      provider: 'elevenlabs',
      seed: 3,
      index: 0,
      startAt: Date.now() - HOUR,
      scenario: 'ordinary',
    });
    const silence = world.elevenLabs.faults.add({ route: 'get', fault: { kind: 'silence' } });
    const bridge = start(['run'], { ...world.environment, CALLSPAN_POLL_INTERVAL: '200ms' });
    while (silence.hits === 0)
      await bridge.said('callspan is running').then(() => new Promise((resolve) => setTimeout(resolve, 20)));
    bridge.process.kill('SIGINT');
    expect((await bridge.ended).code).toBe(0);
  });
});

test('callspan --version prints the version of the package and the commit it was built from, --help what there is', async () => {
  expect((await callspan(['--version'])).stdout).toMatch(
    /^\d+\.\d+\.\d+(?: \([0-9a-f]{7,12}(?:-dirty)?\))?\n$/,
  );
  const { code, stdout } = await callspan(['--help']);
  expect(code).toBe(0);
  for (const command of ['run', 'demo', 'status', 'backfill', 'export', 'trace-id', 'retry'])
    expect(stdout).toContain(command);
});

test('an unknown command ends with 2', async () => {
  expect((await callspan(['frobnicate'])).code).toBe(2);
});

test('callspan demo shows conversations of every vendor as waterfalls', async () => {
  const { code, stdout } = await callspan(['demo']);
  expect(code).toBe(0);
  expect(stdout).toContain('seen 6, delivered 6, pending 0, empty 0, dead 0');
  // One more comes by a webhook.
  expect(stdout.match(/ UTC, trace [0-9a-f]{32}$/gm)).toHaveLength(7);
  expect(stdout).toMatch(/^ {2}response_latency {2,}\d\.\d\d s .*[▏▎▍▌▋▊▉█]/m);
});
