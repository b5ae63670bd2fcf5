import { expect, test } from 'vitest';
import { ownTurn } from '../../src/bridge/turn.ts';

test('what has come in is looked at between any two turns', async () => {
  const order: string[] = [];
  const take = async (name: string) => {
    await ownTurn();
    order.push(name);
    // Whatever comes in meanwhile is due in the same round of the process.
    setImmediate(() => order.push(`after ${name}`));
  };
  await Promise.all(['one', 'two', 'three'].map(take));
  await new Promise((resolve) => setImmediate(resolve));
  expect(order).toEqual(['one', 'after one', 'two', 'after two', 'three', 'after three']);
});
