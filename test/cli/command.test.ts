import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HOUR, makeWorld, type World } from '../bridge/world.ts';
import { callspan, type Running, start } from './program.ts';

const DAY = 24 * HOUR;

let world: World;
let settings: Record<string, string>;
/** Conversations that began before the look-back, and that only a command delivers. */
let past: string[];
const running: Running[] = [];

beforeEach(async () => {
  world = await makeWorld();
  settings = {
    ...world.environment,
    CALLSPAN_POLL_INTERVAL: '200ms',
    // The sink looks for ids in what comes.
    OTEL_EXPORTER_OTLP_COMPRESSION: 'none',
  };
  past = addPast(6);
});

afterEach(async () => {
  for (const { process, ended } of running.splice(0)) {
    process.kill('SIGKILL');
    await ended;
  }
  await world.close();
});

function addPast(count: number): string[] {
  const now = Date.now();
  return world.book.fill({
    ...{ provider: 'elevenlabs', seed: 5, count, scenario: 'ordinary', firstIndex: world.book.size },
    ...{ from: now - 5 * DAY, to: now - 3 * DAY },
  });
}

function run(...args: string[]): Running {
  const program = start(args, settings);
  running.push(program);
  return program;
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** How often every span of every trace has come, each number once. */
function arrivals(): Set<number> {
  const { sink } = world;
  return new Set(sink.traces().flatMap((id) => sink.spans(id).map((span) => span.arrivals)));
}

async function status() {
  const { stdout } = await callspan(['status', '--json'], settings);
  return JSON.parse(stdout) as {
    bridge: { pid: number } | null;
    sources: { name: string; delivered: number; dead: number }[];
  };
}

describe.each([
  ['beside a running bridge', true],
  ['without a bridge', false],
])('%s', (_, hasBridge) => {
  let bridge: Running | undefined;

  beforeEach(async () => {
    bridge = hasBridge ? run('run') : undefined;
    await bridge?.said('callspan is running');
  });

  test('backfill delivers a stretch of the past once, and with --force once more', async () => {
    const first = await callspan(['backfill', '--since', '7d', '--source', 'elevenlabs'], settings);
    expect(first).toMatchObject({
      stdout: 'listed 6, to deliver 6, delivered 6, pending 0, empty 0, dead 0, later 0\n',
      code: 0,
    });
    expect(world.sink.traces()).toHaveLength(6);

    const second = await callspan(['backfill', '--since', '7d'], settings);
    expect(second.stdout).toBe('listed 6, to deliver 0, delivered 0, pending 0, empty 0, dead 0, later 0\n');
    expect(arrivals()).toEqual(new Set([1]));

    const forced = await callspan(['backfill', '--since', '7d', '--force'], settings);
    expect(forced.stdout).toMatch(/^listed 6, to deliver 6, delivered 6,/);
    expect(arrivals()).toEqual(new Set([2]));
    expect(world.sink.differing()).toEqual([]);
    const { bridge: holder, sources } = await status();
    expect(holder?.pid).toBe(bridge?.process.pid);
    expect(sources.find(({ name }) => name === 'elevenlabs')?.delivered).toBe(6);
  });

  test('export delivers one and prints its trace id, which trace-id then knows', async () => {
    const [id = ''] = past;
    const { stdout, code } = await callspan(['export', 'elevenlabs', id], settings);
    expect(code).toBe(0);
    expect(world.sink.traces()).toEqual([stdout.trim()]);

    const again = await callspan(['export', 'elevenlabs', id], settings);
    expect(again).toMatchObject({ code: 0, stdout });
    expect(again.stderr).toBe(`callspan: ${id} was delivered before; --force sends it once more.\n`);
    expect(arrivals()).toEqual(new Set([1]));

    world.elevenLabs.requests.clear();
    const known = await callspan(['trace-id', 'elevenlabs', id], {
      ...settings,
      CALLSPAN_POLL_INTERVAL: '1h',
    });
    expect(known).toMatchObject({ code: 0, stdout });
    expect(world.elevenLabs.requests.count('get')).toBe(0);
  });

  test('export --force says when the content is another now', async () => {
    const [id = ''] = past;
    await callspan(['export', 'elevenlabs', id], settings);
    const call = world.book.call(id);
    if (call?.provider !== 'elevenlabs') throw new Error('No call');
    world.book.remove(id);
    world.book.add({ ...call, turns: call.turns.slice(0, -1) });

    const { code, stderr } = await callspan(['export', 'elevenlabs', id, '--force'], settings);

    expect(stderr).toBe(`callspan: ${id} was sent before with other content; a store may now show both.\n`);
    expect(code).toBe(0);
  });

  test('export of what the vendor does not know says so, 1', async () => {
    const { code, stderr, stdout } = await callspan(['export', 'elevenlabs', 'conv_unknown'], settings);
    expect(stderr).toMatch(/^callspan: conv_unknown was not delivered \(gone: .+\)\.\n$/);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  });

  test('retry --dead delivers the dead letters', async () => {
    const [bad = ''] = past;
    const refusal = world.sink.faults.add({
      ...{ route: 'traces', fault: { kind: 'status', status: 400, body: { code: 3, message: 'bad span' } } },
      when: ({ body }) => body.includes(bad),
    });
    // Others pass after it was refused: that shows whose fault it is.
    const slowly = world.sink.faults.add({
      ...{ route: 'traces', fault: { kind: 'delay', ms: 1_000 } },
      when: () => refusal.hits === 0,
    });
    const refused = await callspan(['backfill', '--since', '7d'], settings);
    expect(refused).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('delivered 5, pending 0, empty 0, dead 1'),
    });
    refusal.remove();
    slowly.remove();

    const { code, stdout } = await callspan(['retry', '--dead'], settings);

    expect(code).toBe(0);
    expect(stdout).toBe(
      hasBridge ? '1 due again; the running bridge delivers them\n' : '1 due again, delivered 1, dead 0\n',
    );
    await until(() => world.sink.traces().length === 6);
    let sources = (await status()).sources;
    while (sources.some(({ delivered, dead }) => delivered + dead > 0 && (delivered !== 6 || dead !== 0))) {
      sources = (await status()).sources;
    }
  });
});

test('a name that is none is a wrong setting, 2', async () => {
  for (const args of [
    ['backfill', '--since', '7d', '--source', 'nobody'],
    ['retry', '--source', 'nobody'],
    ['export', 'nobody', 'c1'],
  ]) {
    const { code, stderr } = await callspan(args, settings);
    expect(stderr).toMatch(/^callspan: There is no source nobody/);
    expect(code).toBe(2);
  }
});

test('a source that fails in a backfill is said at its end, and the other is done, 1', async () => {
  world.tavus.faults.add({
    fault: { kind: 'status', status: 401, body: { message: 'Invalid access token' } },
  });
  const { code, stdout, stderr } = await callspan(['backfill', '--since', '7d'], settings);
  expect(stdout).toMatch(/^listed 6, to deliver 6, delivered 6,/);
  expect(stderr).toMatch(
    /^callspan: tavus: GET \/v2\/conversations: answered 401 Invalid access token; check its API key.*\n$/,
  );
  expect(code).toBe(1);
});

describe('a backfill that is interrupted', () => {
  test('by Ctrl-C, done by the command itself: the same command goes on, and nothing comes twice', async () => {
    addPast(30);
    world.elevenLabs.faults.add({ route: 'get', fault: { kind: 'delay', ms: 40 } });
    const command = run('backfill', '--since', '7d');
    await until(() => world.sink.traces().length > 5);
    command.process.kill('SIGINT');

    const { code, stderr } = await command.ended;

    expect(stderr).toBe(
      'callspan: stopped; what was found is delivered at the next start, and the same command goes on.\n',
    );
    expect(code).toBe(1);
    expect(world.sink.traces().length).toBeLessThan(36);
    const { stdout } = await callspan(['backfill', '--since', '7d'], settings);
    expect(stdout).toMatch(
      /^listed 36, to deliver \d+, delivered \d+, pending 0, empty 0, dead 0, later 0$/m,
    );
    expect(world.sink.traces()).toHaveLength(36);
    expect(arrivals()).toEqual(new Set([1]));
  });

  test('by Ctrl-C, done by the bridge: the bridge goes on with it', async () => {
    addPast(30);
    const bridge = run('run');
    await bridge.said('callspan is running');
    world.elevenLabs.faults.add({ route: 'get', fault: { kind: 'delay', ms: 40 } });
    const command = run('backfill', '--since', '7d');
    await until(() => world.sink.traces().length > 3);
    command.process.kill('SIGINT');

    const { code, stderr } = await command.ended;

    expect(stderr).toBe('callspan: no longer watching; the bridge goes on with it.\n');
    expect(code).toBe(1);
    await until(() => world.sink.traces().length === 36);
    expect(arrivals()).toEqual(new Set([1]));
  });

  test('by the death of the bridge: the command does the rest itself', async () => {
    addPast(30);
    const bridge = run('run');
    await bridge.said('callspan is running');
    world.elevenLabs.faults.add({ route: 'get', fault: { kind: 'delay', ms: 40 } });
    const command = run('backfill', '--since', '7d');
    await until(() => world.sink.traces().length > 3);
    bridge.process.kill('SIGKILL');

    const { code, stdout } = await command.ended;

    expect(stdout).toMatch(
      /^listed 36, to deliver \d+, delivered \d+, pending 0, empty 0, dead 0, later 0$/m,
    );
    expect(code).toBe(0);
    expect(world.sink.traces()).toHaveLength(36);
    expect(world.sink.differing()).toEqual([]);
    expect((await status()).bridge).toBeNull();
  });
});
