import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Drift } from '../../src/bridge/drift-notices.ts';
import { HOUR, type LogLine, makeWorld, recordingLog, type World } from './world.ts';

const MESSAGE = 'the payload has something callspan does not know';

/** What was said to be unknown: the name, and the conversation to look at. */
function told(lines: readonly LogLine[]): [unknown, unknown][] {
  return lines
    .filter(({ message }) => message === MESSAGE)
    .map(({ fields }) => [fields.name, fields.conversation]);
}

describe('what a vendor sends that callspan does not know', () => {
  let world: World;

  beforeEach(async () => {
    world = await makeWorld();
  });

  afterEach(async () => {
    await world.close();
  });

  function add(provider: 'elevenlabs' | 'tavus', count: number, scenario: string): string[] {
    const now = Date.now();
    return world.book.fill({ provider, seed: 8, count, from: now - 9 * HOUR, to: now - 4 * HOUR, scenario });
  }

  test('in payloads is told once a name, with the source and a conversation that has it, and all are delivered', async () => {
    const ids = add('tavus', 12, 'unknown-events');
    const { delivered, log } = await world.runOnce();
    const names = told(log);
    expect(delivered).toBe(12);
    expect(names.length).toBeGreaterThan(0);
    expect(new Set(names.map(([name]) => name)).size).toBe(names.length);
    for (const [, conversation] of names) expect(ids).toContain(conversation);
    const lines = log.filter(({ message }) => message === MESSAGE);
    expect(new Set(lines.map(({ level, fields }) => `${level} ${fields.source}`))).toEqual(
      new Set(['warn tavus']),
    );
  });

  test('in a list is told once, however many rows have it', async () => {
    const ids = add('elevenlabs', 30, 'ordinary');
    world.elevenLabs.faults.add({
      ...{ route: 'list' },
      fault: { kind: 'nulls', paths: ['conversations.*.start_time_unix_secs'] },
    });
    const { delivered, log } = await world.runOnce();
    expect(delivered).toBe(30);
    const names = told(log).filter(([name]) => String(name).startsWith('list row'));
    expect(names).toEqual([['list row without start_time_unix_secs', expect.stringMatching(/^conv_/)]]);
    expect(ids).toContain(names[0]?.[1]);
  });

  test('is nothing in payloads as they are documented', async () => {
    add('elevenlabs', 10, 'ordinary');
    add('tavus', 10, 'ordinary');
    const { delivered, log } = await world.runOnce();
    expect(delivered).toBe(20);
    expect(told(log)).toEqual([]);
  });
});

describe('a name', () => {
  test('is told for each vendor, and for sources of one vendor together', () => {
    const drift = new Drift();
    const { log, lines } = recordingLog();
    for (const provider of ['elevenlabs', 'tavus', 'elevenlabs']) {
      drift.note(['new', 'new', 'other'], { provider, conversation: 'c1', log });
    }
    expect(told(lines).map(([name]) => name)).toEqual(['new', 'other', 'new', 'other']);
  });

  test('after a thousand others is not told any more: whoever sends random names does not fill memory or log', () => {
    const drift = new Drift();
    const { log, lines } = recordingLog();
    for (let number = 0; number < 5_000; number++) {
      drift.note([`name ${number}`], { provider: 'tavus', conversation: `c${number}`, log });
    }
    expect(lines).toHaveLength(1_000);
  });
});
