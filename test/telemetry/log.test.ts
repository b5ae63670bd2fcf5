import { describe, expect, test } from 'vitest';
import { createLog } from '../../src/telemetry/log.ts';

const HOSTILE = 'a\x1b]0;x\x07\u009b2J\u202eb\u2028c\r\nd\ud800';
/** Every one of them by its code: a pattern that a terminal would act on is not what a test should hold. */
const isHarmful = (character: string) => /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/u.test(character);

/** A stream that keeps what is written, as a pipe or as a terminal. */
function kept(isTTY: boolean): NodeJS.WriteStream & { text: string } {
  const stream = {
    isTTY,
    text: '',
    write(line: string) {
      stream.text += line;
      return true;
    },
    on: () => stream,
    once: () => stream,
    emit: () => true,
    end: () => stream,
  };
  return stream as unknown as NodeJS.WriteStream & { text: string };
}

describe('the log', () => {
  test('in a pipe is one JSON line a message, with the values as they are and nothing harmful in the bytes', async () => {
    const stream = kept(false);
    const log = await createLog({ level: 'info', stream });
    log.child({ source: HOSTILE }).warn({ [HOSTILE]: { deep: [HOSTILE] } }, HOSTILE);
    expect([...stream.text.replace(/\n$/, '')].filter(isHarmful)).toEqual([]);
    const line = JSON.parse(stream.text) as Record<string, unknown>;
    expect(line.msg).toBe(HOSTILE);
    expect(line.source).toBe(HOSTILE);
  });

  test('on a terminal is readable lines, coloured, in which names and messages steer nothing', async () => {
    const stream = kept(true);
    const log = await createLog({ level: 'info', stream });
    log.child({ source: HOSTILE }).warn({ [HOSTILE]: { deep: [HOSTILE] } }, HOSTILE);
    // The pretty printer's own colours are the only escape sequences, and its own line breaks the only ones.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
    const withoutColours = stream.text.replace(/\x1b\[\d+m/g, '').replaceAll('\n', '');
    expect([...withoutColours].filter(isHarmful)).toEqual([]);
    expect(withoutColours).toContain('a\\u{1b}]0;x\\u{7}\\u{9b}2J\\u{202e}b c d');
  });
});
