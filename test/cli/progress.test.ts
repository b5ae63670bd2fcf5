import { expect, test } from 'vitest';
import { ProgressLine } from '../../src/cli/progress.ts';

const NOTHING = { listed: 0, found: 0, delivered: 0, pending: 0, empty: 0, dead: 0, postponed: 0 };

/** What a stream was asked to write. */
function stream(isTTY: boolean): NodeJS.WriteStream & { text: string } {
  const kept = {
    ...{ isTTY, columns: 100, text: '' },
    write(text: string) {
      kept.text += text;
      return true;
    },
  };
  return kept as unknown as NodeJS.WriteStream & { text: string };
}

test('a progress line on a terminal begins anew each time, and is taken away at the end', () => {
  const terminal = stream(true);
  const line = new ProgressLine('backfill', terminal);
  line.show({ ...NOTHING, listed: 5, found: 4, delivered: 1, empty: 1 });
  expect(terminal.text).toBe(`\r\x1b[2Kbackfill ${'█'.repeat(15)}${'░'.repeat(15)} 2/4 (5 listed)`);
  line.end();
  expect(terminal.text.endsWith('\r\x1b[2K')).toBe(true);
});

test('nothing of what it names steers the terminal', () => {
  const terminal = stream(true);
  new ProgressLine('a\x1b]0;x\x07\u009b2J\u202eb\n', terminal).show({ ...NOTHING, found: 1, listed: 1 });
  expect(terminal.text.replace('\r\x1b[2K', '').split('b ')[0]).toBe('a\\u{1b}]0;x\\u{7}\\u{9b}2J\\u{202e}');
});

test('in a pipe there is none', () => {
  const pipe = stream(false);
  const line = new ProgressLine('backfill', pipe);
  line.show({ ...NOTHING, found: 1, listed: 1 });
  line.end();
  expect(pipe.text).toBe('');
});
