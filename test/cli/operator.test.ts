import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openLedger } from '../../src/ledger/open.ts';
import { HOUR, makeWorld, type World } from '../bridge/world.ts';
import { callspan } from './program.ts';

// What an operator asks of a ledger some weeks later, without a vendor, a collector or a store in reach.
describe('a ledger after some weeks', () => {
  let world: World;
  let state: Record<string, string>;
  let slowId: string;

  beforeAll(async () => {
    world = await makeWorld();
    const startAt = Date.now() - 4 * HOUR;
    slowId = world.book.add({ provider: 'elevenlabs', scenario: 'rag', seed: 7, index: 0, startAt });
    for (let index = 1; index < 12; index++) {
      world.book.add({ provider: 'elevenlabs', scenario: 'ordinary', seed: 7, index, startAt });
      world.book.add({ provider: 'tavus', scenario: 'ordinary', seed: 7, index, startAt });
    }
    const ran = await callspan(['run', '--once'], world.environment);
    expect(ran.code, ran.stderr).toBe(0);
    state = { CALLSPAN_STATE: world.environment.CALLSPAN_STATE ?? '' };
    const ledger = await openLedger(state.CALLSPAN_STATE ?? '');
    const source = await ledger.source('elevenlabs', 'elevenlabs');
    const ids = ['conv_dead', 'conv_\u001b[31mred', 'conv_waiting'];
    await ledger.conversations.want(
      source,
      ids.map((id) => ({ id, startedAt: startAt, endedAt: startAt })),
      startAt,
      undefined,
    );
    await ledger.record(
      [
        { source, id: 'conv_dead', kind: 'dead', reason: 'the collector refused it (413): too large' },
        { source, id: 'conv_\u001b[31mred', kind: 'dead', reason: 'it cannot be translated' },
        {
          ...{ source, id: 'conv_waiting', kind: 'postponed' as const, attempts: 3 },
          ...{ due: Date.now() + HOUR, reason: 'the collector 127.0.0.1:1 is away' },
        },
      ],
      Date.now(),
    );
    await ledger.close();
  });

  afterAll(() => world.close());

  test('is looked at without a key: how it stands, and why something waits', async () => {
    const { code, stdout, stderr } = await callspan(['status'], state);
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('delivered 12, pending 1, empty 0, gone 0, dead 2');
    expect(stdout).toContain('1 wait: the collector 127.0.0.1:1 is away');
    expect(stdout).toContain('callspan dead tells which are dead letters, and why');
    const { stdout: json } = await callspan(['status', '--json'], state);
    expect(JSON.parse(json).sources[0].waitingFor).toEqual([
      { reason: 'the collector 127.0.0.1:1 is away', conversations: 1 },
    ]);
  });

  test('tells which conversations are dead letters, why and since when', async () => {
    const { code, stdout } = await callspan(['dead'], state);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^conv_dead \(elevenlabs\), since \d{4}-.*Z\n {2}the collector refused it \(413\): too large$/m,
    );
    expect(stdout).toContain('conv_\\u{1b}[31mred');
    expect(stdout).toContain('callspan retry --dead --id <conversation>');
    const limited = await callspan(['dead', '--limit', '1', '--json'], state);
    expect(JSON.parse(limited.stdout)).toHaveLength(1);
    const other = await callspan(['dead', '--source', 'tavus'], state);
    expect(other.stdout).toBe('No dead letters.\n');
  });

  test('refuses what it does not know, and says what it knows', async () => {
    for (const [args, words] of [
      [['dead', '--source', 'x'], 'x: the ledger has no such source, only elevenlabs, tavus.'],
      [['list', '--source', 'x'], 'x: the ledger has no such source'],
      [['list', '--sort', 'colour'], '--sort colour: expected one of start, wait, median'],
      [['list', '--limit', '0'], '--limit 0: expected a whole number'],
      [['list', '--over', 'long'], '--over long: expected a duration'],
      [['report', '--by', 'moon'], '--by moon: expected one of agent, version, week, source'],
      [['report', '--objective', '1.9'], '--objective 1.9: expected one of 0.1, 0.2'],
      [['list', '--since', 'tomorrow'], '--since tomorrow: expected a time such as'],
      [['explain', slowId, '--objective', 'x'], '--objective x: expected a duration'],
    ] as const) {
      const { code, stderr } = await callspan([...args], state);
      expect([args, code]).toEqual([args, 2]);
      expect(stderr).toContain(words);
    }
  });

  test('finds the slowest calls and compares agents', async () => {
    const { stdout } = await callspan(['list', '--slow', '--sort', 'wait', '--json'], state);
    const listed = JSON.parse(stdout) as { conversation: string; longestWaitSeconds: number }[];
    expect(listed.map(({ conversation }) => conversation)).toContain(slowId);
    for (const { longestWaitSeconds } of listed) expect(longestWaitSeconds).toBeGreaterThan(2);
    const report = await callspan(['report'], state);
    expect(report.stdout).toMatch(/^Agent +Calls +Waits/);
    const csv = await callspan(['list', '--csv', '--limit', '3'], state);
    expect(csv.stdout.trimEnd().split('\r\n')).toHaveLength(4);
  });

  test('explains the slow waits of a call, against what is usual for its agent', async () => {
    const { code, stdout, stderr } = await callspan(
      ['explain', slowId, '--objective', '500ms'],
      world.environment,
    );
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(new RegExp(`^${slowId}: \\d+ of \\d+ waits took longer than 0.5 s\\.`));
    expect(stdout).toMatch(/^Exchange \d+: [\d.]+ s, of which \w+ [\d.]+ s \(\d+ %\)\.$/m);
    expect(stdout).toMatch(/shortens it|interrupts more|without waiting|does not measure/);
    const json = await callspan(['explain', slowId, '--objective', '500ms', '--json'], world.environment);
    expect(JSON.parse(json.stdout).slow.length).toBeGreaterThan(0);
  });

  test('forgets a source only when told twice, and then all of it', async () => {
    const warned = await callspan(['forget', 'tavus'], state);
    expect(warned.code).toBe(2);
    expect(warned.stderr).toMatch(/11 conversations delivered, 0 pending, 0 dead letters.*say --yes/);
    const done = await callspan(['forget', 'tavus', '--yes'], state);
    expect(done.code, done.stderr).toBe(0);
    const { stdout } = await callspan(['status', '--json'], state);
    expect(JSON.parse(stdout).sources.map(({ name }: { name: string }) => name)).toEqual(['elevenlabs']);
    const series = await openLedger(state.CALLSPAN_STATE ?? '', { readOnly: true });
    const sources = new Set((await series.series()).map(({ labels }) => labels['callspan.source']));
    await series.close();
    expect(sources).toEqual(new Set(['elevenlabs']));
  });

  test('is found by a settings file whose keys nobody has', async () => {
    const file = join(world.folder, 'settings.yaml');
    await writeFile(
      file,
      `state: ${state.CALLSPAN_STATE}\nsources:\n  - name: elevenlabs\n    provider: elevenlabs\n    key: \${NO_SUCH_KEY}\n`,
    );
    for (const command of ['status', 'dead', 'list', 'report']) {
      const { code, stderr } = await callspan([command], { CALLSPAN_CONFIG: file });
      expect([command, code, stderr]).toEqual([command, 0, '']);
    }
  });
});
