import { fileURLToPath } from 'node:url';
import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { waterfall } from '../../src/show/waterfall.ts';
import { SCREENS } from './screens.ts';

/** A screen of a long call is compared, not all of its thousands of lines. */
const MOST_LINES = 60;

const golden = (name: string, columns: number) =>
  fileURLToPath(new URL(`../fixtures/screens/${name}-${columns}.txt`, import.meta.url));

describe.each(Object.entries(SCREENS))('the waterfall of a call, %s', (name, view) => {
  test.each([80, 200])('is at %i columns as somebody has looked at it', async (columns) => {
    const lines = waterfall(view(), { columns, color: false }).split('\n').slice(0, MOST_LINES);
    await expect(`${lines.join('\n').trimEnd()}\n`).toMatchFileSnapshot(golden(name, columns));
  });

  test.each([40, 80, 200])(
    'has no line that is wider than %i columns, with colours and without',
    (columns) => {
      for (const color of [false, true]) {
        const lines = waterfall(view(), { columns, color }).split('\n');
        expect(lines.filter((line) => stringWidth(line) > columns)).toEqual([]);
      }
    },
  );
});
