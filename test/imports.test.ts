import { describe, expect, test } from 'vitest';
import { circles, importsOf, readImports } from './import-graph.ts';
import { mayImport } from './layers.ts';

const edges = (...folders: string[]) =>
  [...readImports(...folders)].flatMap(([from, targets]) => targets.map((to) => ({ from, to })));

describe('imports', () => {
  test('never run back up the road', () => {
    const against = edges('src').filter(({ from, to }) => !mayImport(from, to));
    expect(against.map(({ from, to }) => `${from} -> ${to}`).sort()).toEqual([]);
  });

  test('never come back to where they began', () => {
    const found = circles(readImports('src', 'sandbox'));
    expect(found).toEqual([]);
  });

  test('of the sandbox stay in the sandbox', () => {
    expect(edges('sandbox').filter(({ to }) => !to.startsWith('sandbox/'))).toEqual([]);
  });

  test('all lead to files that are there', () => {
    const files = readImports('src', 'sandbox');
    expect(edges('src', 'sandbox').filter(({ to }) => to.endsWith('.ts') && !files.has(to))).toEqual([]);
    expect(edges('src', 'sandbox').length).toBeGreaterThan(400);
  });
});

describe('the reader of imports', () => {
  test('sees every way to import or to pass on', () => {
    const text = [
      "import { a } from './a.ts';",
      "import type { B } from '../b.ts';",
      'import {',
      '  type C,',
      "} from './c.ts';",
      "import './d.ts';",
      "export * from './e.ts';",
      "export { f } from './f.ts';",
      "  const { g } = await import('./g.ts');",
      "import { readFile } from 'node:fs';",
    ].join('\n');
    expect(importsOf('src/x/y.ts', text)).toEqual([
      'src/x/a.ts',
      'src/b.ts',
      'src/x/c.ts',
      'src/x/d.ts',
      'src/x/e.ts',
      'src/x/f.ts',
      'src/x/g.ts',
    ]);
  });

  test('finds circles of two, of three and of one, and takes two ways to one place for none', () => {
    const graph = new Map(
      Object.entries({
        a: ['b', 'd'],
        b: ['c', 'd'],
        c: ['a'],
        d: ['e'],
        e: [],
        f: ['g'],
        g: ['f'],
        h: ['h'],
      }),
    );
    expect(circles(graph)).toEqual([['a', 'b', 'c'], ['f', 'g'], ['h']]);
  });
});
