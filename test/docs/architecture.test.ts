import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ROWS } from '../layers.ts';

const root = new URL('../../', import.meta.url);
const page = readFileSync(new URL('docs/architecture.md', root), 'utf8');
const section = (title: string) => page.split(`## ${title}\n`)[1]?.split('\n## ')[0] ?? '';

test('the architecture names every folder of the source, and none that is not there', () => {
  const named = [...section('The tree').matchAll(/`src\/([a-z]+)\/`/g)].map(([, folder]) => folder);
  const folders = readdirSync(new URL('src/', root), { withFileTypes: true }).filter((one) =>
    one.isDirectory(),
  );
  expect(named.toSorted()).toEqual(folders.map(({ name }) => name).toSorted());
});

test('every folder and file that the architecture names is there', () => {
  const named = [...page.matchAll(/`([a-z-]+(?:\/[a-z.-]+)*(?:\/|\.ts))`/g)].map(([, path = '']) => path);
  expect(named.length).toBeGreaterThan(20);
  // Below `src/`, or of the project; an engine or the exporter's folder below the one that the line is about.
  const places = ['', 'src/', 'src/delivery/', 'src/ledger/'];
  const isThere = (path: string) => places.some((place) => existsSync(new URL(`${place}${path}`, root)));
  expect(named.filter((path) => !isThere(path))).toEqual([]);
});

test('the direction of imports is told as the imports are held to it', () => {
  const [, told = ''] = /^(cli → [^.]*)\.$/m.exec(section('The tree')) ?? [];
  const rows = told.split('→').map((row) => row.split(',').map((layer) => layer.trim()));
  const held = ROWS.filter((row) => !row.includes('index'));
  const sorted = (lists: readonly (readonly string[])[]) => lists.map((list) => list.toSorted());
  expect(sorted(rows)).toEqual(sorted(held));
});
