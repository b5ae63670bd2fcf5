import { describe, expect, test } from 'vitest';
import { Limiter } from '../../src/http/limiter.ts';
import { settled, TestClock } from './test-clock.ts';

/** Tasks that run until they are told to end, and a record of the order in which they began. */
function tasks() {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const task = (name: string) => () => {
    begun.push(name);
    return new Promise<string>((resolve) => ends.set(name, () => resolve(name)));
  };
  const end = async (name: string) => {
    ends.get(name)?.();
    await settled();
  };
  return { begun, task, end };
}

describe('the concurrency limit', () => {
  test('lets so many run, and the others in the order in which they came', async () => {
    const { begun, task, end } = tasks();
    const limiter = new Limiter({ concurrency: 2 });
    const all = Promise.all(['a', 'b', 'c', 'd'].map((name) => limiter.run(task(name))));
    await settled();
    expect(begun).toEqual(['a', 'b']);
    await end('b');
    expect(begun).toEqual(['a', 'b', 'c']);
    await end('a');
    await end('c');
    await end('d');
    await expect(all).resolves.toEqual(['a', 'b', 'c', 'd']);
  });

  test('is not passed when several places become free at once', async () => {
    const limiter = new Limiter({ concurrency: 3 });
    let running = 0;
    let most = 0;
    const task = async () => {
      most = Math.max(most, ++running);
      await settled();
      running--;
    };
    await Promise.all(Array.from({ length: 50 }, () => limiter.run(task)));
    expect(most).toBe(3);
  });

  test('nobody overtakes those who wait', async () => {
    const { begun, task, end } = tasks();
    const limiter = new Limiter({ concurrency: 1 });
    const first = limiter.run(task('a'));
    const second = limiter.run(task('b'));
    const third = first.then(() => limiter.run(task('c')));
    await end('a');
    expect(begun).toEqual(['a', 'b']);
    await end('b');
    await end('c');
    await Promise.all([first, second, third]);
    expect(begun).toEqual(['a', 'b', 'c']);
  });

  test('a task that fails makes room like any other', async () => {
    const limiter = new Limiter({ concurrency: 1 });
    await expect(limiter.run(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    await expect(limiter.run(async () => 'next')).resolves.toBe('next');
  });

  test('who waits and is aborted leaves the queue at once, and does not run', async () => {
    const { begun, task, end } = tasks();
    const limiter = new Limiter({ concurrency: 1 });
    const controller = new AbortController();
    const running = limiter.run(task('a'));
    const waiting = limiter.run(task('b'), controller.signal);
    const behind = limiter.run(task('c'));
    controller.abort(new Error('shutting down'));
    await expect(waiting).rejects.toThrow('shutting down');
    await end('a');
    expect(begun).toEqual(['a', 'c']);
    await end('c');
    await Promise.all([running, behind]);
  });
});

describe('the rate limit', () => {
  test('spaces the starts evenly', async () => {
    const clock = new TestClock();
    const { begun, task } = tasks();
    const limiter = new Limiter({ requestsPerSecond: 4, clock });
    for (const name of ['a', 'b', 'c']) void limiter.run(task(name));
    await settled();
    expect(begun).toEqual(['a']);
    clock.advance(249);
    await settled();
    expect(begun).toEqual(['a']);
    clock.advance(1);
    await settled();
    expect(begun).toEqual(['a', 'b']);
    clock.advance(250);
    await settled();
    expect(begun).toEqual(['a', 'b', 'c']);
  });

  test('a pause holds everyone back until it is over', async () => {
    const clock = new TestClock();
    const { begun, task } = tasks();
    const limiter = new Limiter({ clock });
    limiter.pause(60_000);
    limiter.pause(1_000);
    void limiter.run(task('a'));
    clock.advance(59_999);
    await settled();
    expect(begun).toEqual([]);
    clock.advance(1);
    await settled();
    expect(begun).toEqual(['a']);
  });
});

test('closing refuses who waits and who comes, and leaves no sleeper behind', async () => {
  const clock = new TestClock();
  const limiter = new Limiter({ clock });
  limiter.pause(3_600_000);
  const waiting = limiter.run(async () => 'never');
  limiter.close(new Error('closed'));
  await expect(waiting).rejects.toThrow('closed');
  await expect(limiter.run(async () => 'never')).rejects.toThrow('closed');
  expect(clock.sleeping).toBe(0);
});

test('is idle when the last task has ended', async () => {
  const { task, end } = tasks();
  const limiter = new Limiter();
  await limiter.idle();
  const running = Promise.all([limiter.run(task('a')), limiter.run(task('b'))]);
  let idle = false;
  const waiting = limiter.idle().then(() => {
    idle = true;
  });
  await end('a');
  expect(idle).toBe(false);
  await end('b');
  await Promise.all([waiting, running]);
  expect(idle).toBe(true);
});

test.each([
  [{ concurrency: 0 }, /`concurrency`.*at least 1, got `0`/],
  [{ concurrency: Number.NaN }, /`concurrency`/],
  [{ requestsPerSecond: 0 }, /`requestsPerSecond`.*greater than 0/],
])('%o is refused', (options, message) => {
  expect(() => new Limiter(options)).toThrow(message);
});
