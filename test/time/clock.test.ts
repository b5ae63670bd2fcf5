import { expect, test } from 'vitest';
import { systemClock } from '../../src/time/clock.ts';

test('a sleep ends with the reason of the signal that ends it', async () => {
  const controller = new AbortController();
  const sleep = systemClock.sleep(60_000, controller.signal);
  controller.abort(new Error('shutting down'));
  await expect(sleep).rejects.toThrow('shutting down');
  await expect(systemClock.sleep(60_000, controller.signal)).rejects.toThrow('shutting down');
});

test('a sleep of a month does not end at once, although no timer of Node takes that long', async () => {
  const controller = new AbortController();
  const sleep = systemClock.sleep(31 * 86_400_000, controller.signal).then(() => 'woke up');
  await systemClock.sleep(20);
  controller.abort(new Error('still asleep'));
  await expect(sleep).rejects.toThrow('still asleep');
});

test('many sleepers of one signal are no leak, and all wake up together', async () => {
  const warnings: Error[] = [];
  const notice = (warning: Error) => warnings.push(warning);
  process.on('warning', notice);
  const controller = new AbortController();
  const sleeps = Array.from({ length: 30 }, () => systemClock.sleep(60_000, controller.signal));
  const woken = Promise.allSettled(sleeps);
  controller.abort(new Error('shutting down'));
  expect((await woken).every(({ status }) => status === 'rejected')).toBe(true);
  await systemClock.sleep(1);
  process.off('warning', notice);
  expect(warnings).toEqual([]);
});

test('a sleep of no time and a sleep in the past just return', async () => {
  await expect(systemClock.sleep(0)).resolves.toBeUndefined();
  await expect(systemClock.sleep(-5)).resolves.toBeUndefined();
});
