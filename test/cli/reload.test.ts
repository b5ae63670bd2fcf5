import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { HOUR, KEY, makeWorld, type World } from '../bridge/world.ts';
import { type Running, start } from './program.ts';

let world: World;
let bridge: Running | undefined;

beforeEach(async () => {
  world = await makeWorld();
  const startAt = Date.now() - HOUR;
  world.book.add({ provider: 'elevenlabs', seed: 3, index: 0, startAt, scenario: 'ordinary' });
  world.book.add({ provider: 'tavus', seed: 3, index: 1, startAt, scenario: 'ordinary' });
});

afterEach(async () => {
  bridge?.process.kill('SIGTERM');
  await bridge?.ended;
  bridge = undefined;
  await world.close();
});

const SOURCES = () => ({
  desk: `  - { name: desk, provider: elevenlabs, key: '\${KEY}', base_url: '${world.elevenLabs.url}' }\n`,
  kiosk: `  - { name: kiosk, provider: tavus, key: '\${KEY}', base_url: '${world.tavus.url}' }\n`,
});

async function write(...sources: string[]): Promise<string> {
  const path = join(world.folder, 'callspan.yaml');
  await writeFile(path, `poll_interval: 200ms\nsources:\n${sources.join('')}`);
  return path;
}

function settings(path: string): Record<string, string> {
  const { OTEL_EXPORTER_OTLP_ENDPOINT = '', CALLSPAN_STATE = '' } = world.environment;
  // Of a conversation whose end the list does not tell, what comes late would be waited for from now on.
  const CALLSPAN_TAVUS_SETTLE = '0s';
  return { OTEL_EXPORTER_OTLP_ENDPOINT, CALLSPAN_STATE, KEY, CALLSPAN_CONFIG: path, CALLSPAN_TAVUS_SETTLE };
}

test('SIGHUP reads the settings again: what is new is carried, without a start', async () => {
  const { desk, kiosk } = SOURCES();
  const path = await write(desk);
  bridge = start(['run'], settings(path));
  await bridge.said('"delivered"');
  expect(world.sink.traces()).toHaveLength(1);

  await write(desk, kiosk);
  bridge.process.kill('SIGHUP');
  await bridge.said('settings were read again (SIGHUP), and the bridge begins anew');
  while (world.sink.traces().length < 2) await new Promise((resolve) => setTimeout(resolve, 50));
  expect(bridge.stderr()).toContain('"changed":["source kiosk"]');
  expect(bridge.stderr()).not.toContain(KEY);
  expect(bridge.process.exitCode).toBeNull();
});

test('settings that cannot be used are told, and the ones that there were stay', async () => {
  const { desk } = SOURCES();
  const path = await write(desk);
  bridge = start(['run'], settings(path));
  await bridge.said('callspan is running');
  await writeFile(path, 'sources: [nonsense');
  bridge.process.kill('SIGHUP');
  await bridge.said('settings were read again and cannot be used, so they stay');
  await write(desk);
  bridge.process.kill('SIGHUP');
  await bridge.said('settings were read again (SIGHUP), and are as they were');
  expect(bridge.process.exitCode).toBeNull();
});

test('a key is read again when the vendor refuses it', async () => {
  const used = join(world.folder, 'used');
  // A key that was rotated: whoever asks for it a second time gets the new one.
  const command = `if [ -e ${used} ]; then echo ${KEY}; else touch ${used}; echo an-old-key; fi`;
  const path = await write(
    `  - { name: desk, provider: elevenlabs, key_command: '${command}', base_url: '${world.elevenLabs.url}' }\n`,
  );
  bridge = start(['run'], settings(path));
  await bridge.said('settings were read again (desk was refused), and the bridge begins anew');
  await bridge.said('"delivered"');
  expect(world.sink.traces()).toHaveLength(1);
  expect(bridge.stderr()).not.toContain(KEY);
});

test('the first line says which version runs, where to, on which ledger, and whether what was said goes out', async () => {
  const path = await write(SOURCES().desk);
  bridge = start(['run'], { ...settings(path), CALLSPAN_CONTENT: 'full' });
  await bridge.said('callspan is running');
  const [line = '{}'] = bridge.stderr().split('\n');
  expect(JSON.parse(line)).toEqual({
    ...{ level: 'info', time: expect.any(String), msg: 'callspan is running' },
    ...{
      version: expect.stringMatching(/^\d+\.\d+\.\d+(?: \([0-9a-f]{7,12}(?:-dirty)?\))?$/),
      sources: ['desk'],
      content: 'full',
    },
    ...{ destinations: [`${world.sink.url}/v1/traces`], ledger: world.environment.CALLSPAN_STATE },
  });
});

test('debug says what was done: each walk of a list, and each time that what was due is worked off', async () => {
  const path = await write(SOURCES().desk);
  bridge = start(['run'], { ...settings(path), CALLSPAN_LOG_LEVEL: 'debug' });
  await bridge.said('listing is done');
  await bridge.said('fetching is done');
});
