import { expect, test } from 'vitest';
import { Lately } from '../../src/bridge/lately.ts';

test('what a list shows again on one of its next pages is not new', () => {
  const lately = new Lately();
  expect(['a', 'b', 'a', 'c', 'b'].map((id) => lately.isNew(id))).toEqual([true, true, false, true, false]);
});

test('no more than a thousand ids are remembered', () => {
  const lately = new Lately();
  for (let number = 0; number <= 1_000; number++) lately.isNew(`id ${number}`);
  expect(lately.isNew('id 1')).toBe(false);
  expect(lately.isNew('id 0')).toBe(true);
});
