import { describe, expect, test } from 'vitest';
import { DeadlineError, withDeadline } from '../../src/http/deadline.ts';

const never = () => new Promise<never>(() => undefined);

describe('work under a deadline', () => {
  test('gives its result when it is in time', async () => {
    await expect(withDeadline(60_000, undefined, async () => 'done')).resolves.toBe('done');
  });

  test('is given up when the time is over, even if it does not listen', async () => {
    await expect(withDeadline(20, undefined, never)).rejects.toThrow(DeadlineError);
  });

  test('is told to stop, with the reason', async () => {
    let told: unknown;
    const work = (signal: AbortSignal) => {
      signal.addEventListener('abort', () => {
        told = signal.reason;
      });
      return never();
    };
    await expect(withDeadline(20, undefined, work)).rejects.toThrow('no complete answer within 20 ms');
    expect(told).toBeInstanceOf(DeadlineError);
  });

  test('is given up at once when the caller aborts, with the reason of the caller', async () => {
    const controller = new AbortController();
    const running = withDeadline(60_000, controller.signal, never);
    controller.abort(new Error('shutting down'));
    await expect(running).rejects.toThrow('shutting down');
  });

  test('does not begin when the caller has aborted already', async () => {
    let begun = false;
    const work = async () => {
      begun = true;
    };
    await expect(withDeadline(60_000, AbortSignal.abort(new Error('too late')), work)).rejects.toThrow(
      'too late',
    );
    expect(begun).toBe(false);
  });

  test('may fail after it was given up without anybody noticing', async () => {
    const unhandled: unknown[] = [];
    const notice = (reason: unknown) => unhandled.push(reason);
    process.on('unhandledRejection', notice);
    const work = (signal: AbortSignal) =>
      new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(new Error('late'))));
    await expect(withDeadline(20, undefined, work)).rejects.toThrow(DeadlineError);
    await new Promise((resolve) => setTimeout(resolve, 20));
    process.off('unhandledRejection', notice);
    expect(unhandled).toEqual([]);
  });
});
