import { describe, expect, test } from 'vitest';
import { Evidence } from '../../src/delivery/evidence.ts';

describe('the evidence against a conversation', () => {
  test('is its failure before another passed, and nothing while none does', () => {
    const evidence = new Evidence();
    evidence.fail('a');
    evidence.fail('b');
    expect(evidence.failing).toBe(2);
    expect(evidence.isSuspect('a')).toBe(false);
    evidence.pass('c');
    expect(evidence.isSuspect('a')).toBe(true);
    expect(evidence.failing).toBe(0);
  });

  test('of its refusals is complete when another has passed between two of them', () => {
    const evidence = new Evidence();
    expect(evidence.refuse('a')).toBe(false);
    expect(evidence.refuse('a')).toBe(false);
    evidence.pass('b');
    expect(evidence.refuse('a')).toBe(true);
    // What was told is not held against it again: it may be sent once more when the reason is gone.
    expect(evidence.refuse('a')).toBe(false);
  });

  test('is forgotten when it passes', () => {
    const evidence = new Evidence();
    evidence.refuse('a');
    evidence.failAlone('a');
    evidence.pass('a');
    expect(evidence.refuse('a')).toBe(false);
    expect(evidence.failAlone('a')).toBe(0);
  });

  test('grows in vain while nothing passes', () => {
    const evidence = new Evidence();
    expect([evidence.failAlone('a'), evidence.failAlone('a'), evidence.failAlone('a')]).toEqual([0, 1, 2]);
    evidence.pass('b');
    expect(evidence.failAlone('a')).toBe(0);
  });

  test('takes the same room however many fail', () => {
    const evidence = new Evidence();
    for (let index = 0; index < 5_000; index++) {
      evidence.fail(`${index}`);
      evidence.refuse(`${index}`);
    }
    expect(evidence.failing).toBe(1_000);
    evidence.pass('good');
    expect(evidence.refuse('4999')).toBe(true);
    expect(evidence.refuse('0')).toBe(false);
  });
});
