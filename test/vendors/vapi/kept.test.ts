import { expect, it } from 'vitest';
import { KeptCalls } from '../../../src/vendors/vapi/kept.ts';

const record = (size: number) => ({ pad: 'x'.repeat(size) });

it('what was listed is there, with when it was', () => {
  const kept = new KeptCalls();
  kept.keep('a', { id: 'a' }, 'v1', 5);
  expect(kept.get('a')).toEqual({ record: { id: 'a' }, listedAt: 5 });
  expect(kept.get('b')).toBeUndefined();
});

it('what is listed again unchanged is known until then', () => {
  const kept = new KeptCalls();
  kept.keep('a', { id: 'a' }, 'v1', 5);
  kept.keep('a', { id: 'a' }, 'v1', 9);
  expect(kept.get('a')?.listedAt).toBe(9);
});

it('what has changed takes the place of what it was', () => {
  const kept = new KeptCalls();
  kept.keep('a', { n: 1 }, 'v1', 5);
  kept.wasRead('a');
  kept.keep('a', { n: 2 }, 'v2', 9);
  expect(kept.get('a')?.record).toEqual({ n: 2 });
});

it('is bounded: what was read goes first, then the oldest', () => {
  const kept = new KeptCalls(1_000);
  kept.keep('a', record(200), 'v', 1);
  kept.keep('b', record(200), 'v', 1);
  kept.keep('c', record(200), 'v', 1);
  kept.keep('d', record(200), 'v', 1);
  kept.wasRead('c');
  kept.keep('e', record(200), 'v', 1);
  expect(['a', 'b', 'c', 'd', 'e'].filter((id) => kept.get(id) !== undefined)).toEqual(['a', 'b', 'd', 'e']);
  kept.keep('f', record(200), 'v', 1);
  expect(['a', 'b', 'd', 'e', 'f'].filter((id) => kept.get(id) !== undefined)).toEqual(['b', 'd', 'e', 'f']);
});

it('what is larger than a quarter of all is not kept: it would cost the others theirs', () => {
  const kept = new KeptCalls(1_000);
  kept.keep('a', record(300), 'v', 1);
  expect(kept.get('a')).toBeUndefined();
});

it('what was read and has gone is not kept again, unless it has changed', () => {
  const kept = new KeptCalls(1_000);
  kept.keep('a', record(200), 'v1', 1);
  kept.wasRead('a');
  for (const id of ['b', 'c', 'd', 'e', 'f']) kept.keep(id, record(200), 'v1', 1);
  kept.keep('a', record(200), 'v1', 2);
  expect(kept.get('a')).toBeUndefined();
  kept.keep('a', record(200), 'v2', 3);
  expect(kept.get('a')?.listedAt).toBe(3);
});
