import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { onAbort } from '../../src/time/abort.ts';

test('all who listen are told once; who stopped listening is not', () => {
  const controller = new AbortController();
  const told: string[] = [];
  onAbort(controller.signal, () => told.push('a'));
  const stop = onAbort(controller.signal, () => told.push('b'));
  onAbort(controller.signal, () => told.push('c'));
  stop();
  stop();
  onAbort(controller.signal, () => told.push('d'));
  controller.abort();
  controller.abort();
  expect(told).toEqual(['a', 'd', 'c']);
});

test('however many listen, the signal has one listener', () => {
  const { signal } = new AbortController();
  for (let count = 0; count < 50; count++) onAbort(signal, () => undefined);
  expect(getEventListeners(signal, 'abort')).toHaveLength(1);
});

test('without a signal there is nothing to hear', () => {
  expect(onAbort(undefined, () => expect.fail('nobody aborted'))()).toBeUndefined();
});
