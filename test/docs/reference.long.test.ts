import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { METRICS } from '../../src/metrics/definitions.ts';
import { isDouble } from '../../src/trace/semconv.ts';
import { attributesSeen, labelsSeen, NAMES, reference } from './reference.ts';

test('the reference is what the translators make today', () => {
  expect(readFileSync(new URL('../../docs/reference.md', import.meta.url), 'utf8')).toBe(reference());
});

test('every attribute that callspan names is written in some scenario, and always with one type', () => {
  const seen = attributesSeen();
  expect(NAMES.filter((name) => !seen.has(name))).toEqual([]);
  expect([...seen].filter(([, { types }]) => types.size !== 1).map(([name]) => name)).toEqual([]);
  for (const [name, { types }] of seen)
    expect({ name, double: types.has('double') }).toEqual({ name, double: isDouble(name) });
});

test('every metric is counted in some scenario', () => {
  expect([...labelsSeen().keys()].toSorted()).toEqual(Object.keys(METRICS).toSorted());
});
