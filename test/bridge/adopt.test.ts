import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createBridge } from '../../src/bridge/create-bridge.ts';
import { openLedger } from '../../src/ledger/open.ts';
import { HOUR, KEY, makeWorld, recordingLog, type World } from './world.ts';

const CALLS = 3;

let world: World;

beforeEach(async () => {
  world = await makeWorld();
  const now = Date.now();
  world.book.fill({
    ...{ provider: 'elevenlabs', seed: 5, count: CALLS, scenario: 'ordinary' },
    ...{ from: now - 5 * HOUR, to: now - HOUR },
  });
});

afterEach(() => world.close());

/** Once over the road, as `callspan run --once`, with sources in a file where some are named. */
async function runOnce(sources?: readonly string[], url = world.elevenLabs.url) {
  const { log, lines } = recordingLog();
  let env = world.environment;
  if (sources !== undefined) {
    const file = join(world.folder, 'callspan.yaml');
    const each = sources.map(
      (source) => `  - { ${source}, provider: elevenlabs, key: '\${DESK_KEY}', base_url: '${url}' }\n`,
    );
    await writeFile(file, `sources:\n${each.join('')}`);
    const isOfFile = ([name]: [string, string]) => /^(?:OTEL|CALLSPAN)_/.test(name);
    env = {
      ...Object.fromEntries(Object.entries(env).filter(isOfFile)),
      DESK_KEY: KEY,
      CALLSPAN_CONFIG: file,
    };
  }
  const bridge = await createBridge({ env, log });
  const summary = await bridge.runOnce();
  return { ...summary, said: lines.map(({ message }) => message) };
}

async function names(): Promise<string[]> {
  const ledger = await openLedger(String(world.environment.CALLSPAN_STATE), { readOnly: true });
  try {
    return (await ledger.sources.all()).map(({ name }) => name);
  } finally {
    await ledger.close();
  }
}

describe('a source that is moved from the environment into a file, under another name', () => {
  test('delivers nothing again', async () => {
    expect((await runOnce()).delivered).toBe(CALLS);
    const before = world.sink.traces();
    const moved = await runOnce(['name: desk']);
    expect(moved.delivered).toBe(0);
    expect(world.sink.traces()).toEqual(before);
    expect(await names()).toEqual(expect.arrayContaining(['desk']));
    expect(await names()).not.toContain('elevenlabs');
    expect(moved.said.join('\n')).toContain('desk is the account that the ledger knew as elevenlabs');
  });

  test('is renamed once more as well, and back', async () => {
    await runOnce();
    for (const name of ['desk', 'front', 'elevenlabs'])
      expect((await runOnce([`name: ${name}`])).delivered).toBe(0);
  });

  test('does not take what is another account’s', async () => {
    await runOnce();
    const other = await makeWorld();
    const startAt = Date.now() - HOUR;
    other.book.add({ provider: 'elevenlabs', seed: 77, index: 1, scenario: 'ordinary', startAt });
    const { delivered, said } = await runOnce(['name: desk'], other.elevenLabs.url);
    expect(delivered).toBe(1);
    expect(await names()).toEqual(expect.arrayContaining(['desk', 'elevenlabs']));
    expect(said.join('\n')).not.toContain('knew as');
    await other.close();
  });

  test('is one of two that share it: only the first goes on with it, and that is said', async () => {
    await runOnce();
    const { said } = await runOnce(['name: desk', 'name: front']);
    expect(said.join('\n')).toMatch(/front is of the account .* knew as elevenlabs, and so is desk/);
    expect(await names()).toEqual(expect.arrayContaining(['desk', 'front']));
  });
});
