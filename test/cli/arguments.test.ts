import { describe, expect, test } from 'vitest';
import { oneId } from '../../src/cli/arguments.ts';
import { ConfigError } from '../../src/config/config.ts';

describe('the conversation id that a command is given', () => {
  test.each(['conv_01jxd5y165f62a0v7gtr6bkg56', 'c0b934942640d424'])('%s is taken as it is', (id) => {
    expect(oneId(id)).toBe(id);
  });

  test.each(['', '.', '..', 'a\u0000b', 'two\nlines', '\u202egnp', 'x'.repeat(201)])(
    '%j is refused before anybody is asked for it, in one short line',
    (id) => {
      expect(() => oneId(id)).toThrow(ConfigError);
      expect(() => oneId(id)).toThrow(/is no conversation's id: expected at most 200 characters/);
      try {
        oneId(id);
      } catch (error) {
        expect((error as Error).message.length).toBeLessThan(200);
      }
    },
  );
});
