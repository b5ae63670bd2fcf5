import { expect, test } from 'vitest';
import { groupByTurn } from '../../src/delivery/span-groups.ts';

/** `b<a` is a span b whose parent is a. */
const group = (text: string) => {
  const nodes = text.split(' ').map((node) => {
    const [spanId = '', parentSpanId] = node.split('<');
    return { spanId, parentSpanId };
  });
  return groupByTurn(nodes).map((indexes) => indexes.map((index) => nodes[index]?.spanId).join(''));
};

test.each([
  ['the root alone, each child of it with all that is below', 'r a<r b<a c<b d<r', ['r', 'abc', 'd']],
  ['children before their parents', 'c<b b<a a<r r d<r', ['r', 'cba', 'd']],
  ['several without a parent: the first is the root', 'r a<r s b<s', ['r', 'a', 'sb']],
  ['a parent that is not here', 'a<x b<a c<x', ['ab', 'c']],
  ['a cycle', 'r a<b b<a c<b', ['r', 'abc']],
  ['a span that is its own parent', 'r a<a', ['r', 'a']],
  ['two of one id: the first is the parent', 'r a<r a<r b<a', ['r', 'ab', 'a']],
  ['an empty parent id is none', 'r< a<r', ['r', 'a']],
])('%s', (_, spans, groups) => {
  expect(group(spans)).toEqual(groups);
});

test('a tree as deep as it has spans is no trouble', () => {
  const nodes = Array.from({ length: 50_000 }, (_, index) => ({
    spanId: String(index),
    parentSpanId: index === 0 ? undefined : String(index - 1),
  }));
  expect(groupByTurn(nodes.reverse()).map((indexes) => indexes.length)).toEqual([1, 49_999]);
});
