import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { callspan } from './program.ts';

const FILES = {
  elevenlabs: fixture('elevenlabs/webhook-envelope.json'),
  tavus: fixture('tavus/ordinary.json'),
};

function fixture(name: string): string {
  return fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
}

describe('callspan show with a file', () => {
  test.each([
    ['elevenlabs', 'tavus', 'Tavus', 'ElevenLabs'],
    ['tavus', 'elevenlabs', 'ElevenLabs', 'Tavus'],
  ] as const)('of %s’s command and the other’s payload says whose it is', async (asked, holds, is, isNot) => {
    const { code, stdout, stderr } = await callspan(['show', asked, 'x', '--file', FILES[holds]]);
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^${holds} `));
    expect(stderr).toBe(
      `callspan: ${FILES[holds]} is a conversation of ${is}, not of ${isNot}; shown as what it is.\n`,
    );
  });

  test.each(['elevenlabs', 'tavus'] as const)(
    'of %s says nothing where it is what was asked for',
    async (one) => {
      for (const args of [
        ['show', one, 'x', '--file', FILES[one]],
        ['show', '--file', FILES[one]],
      ]) {
        expect(await callspan(args)).toMatchObject({ code: 0, stderr: '' });
      }
    },
  );
});
