import { expect, test } from 'vitest';
import { freeChunk } from '../../src/intake/chunk-memory.ts';

const PIECE = 1024 * 1024;

test('the memory of a chunk is given back at once, without a collection', () => {
  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  for (let count = 0; count < 200; count++) {
    const chunk = Buffer.from(new ArrayBuffer(PIECE)).fill(1);
    freeChunk(chunk);
    expect(chunk).toHaveLength(0);
    most = Math.max(most, process.memoryUsage().arrayBuffers - before);
  }
  expect(most).toBeLessThan(5 * PIECE);
});

test('a chunk that shares its memory with others keeps it', () => {
  const whole = Buffer.from(new ArrayBuffer(100)).fill(7);
  freeChunk(whole.subarray(10, 20));
  freeChunk(Buffer.from('of the pool'));
  expect(whole).toHaveLength(100);
  expect(whole[50]).toBe(7);
});
