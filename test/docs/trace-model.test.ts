import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const page = (name: string) => readFileSync(new URL(`../../docs/${name}.md`, import.meta.url), 'utf8');
const NAME = /`((?:callspan|gen_ai|turn)\.[a-z_.*]+)`/g;
const namesOn = (text: string) => new Set([...text.matchAll(NAME)].map(([, name = '']) => name));

test('every attribute and metric that the trace model speaks of is in the reference', () => {
  // A span event, and whole namespaces.
  const others = ['gen_ai.evaluation.result', 'gen_ai.usage.*', 'callspan.*', 'turn.*'];
  const known = [...namesOn(page('reference'))];
  const isKnown = (name: string) => {
    const pattern = new RegExp(`^${name.replaceAll('.', '\\.').replaceAll('*', '.*')}$`);
    return known.some((one) => pattern.test(one));
  };
  const spoken = [...namesOn(page('trace-model'))].filter((name) => !others.includes(name));
  expect(spoken.length).toBeGreaterThan(30);
  expect(spoken.filter((name) => !isKnown(name))).toEqual([]);
});

test('the trace model lists no attributes and metrics of its own: the reference does, and is generated', () => {
  const rows = page('trace-model')
    .split('\n')
    .filter((line) => line.startsWith('|') && new Set(line.match(NAME)).size > 1);
  expect(rows).toEqual([]);
});
