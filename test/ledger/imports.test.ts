import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const SRC = fileURLToPath(new URL('../../src', import.meta.url));
/** What the rest of callspan may know of a ledger. */
const DOORS = /\/ledger\/(?:contract|records|command|errors|open|move)\.ts'/;

function sources(): { path: string; text: string }[] {
  return readdirSync(SRC, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => ({ path, text: readFileSync(join(SRC, path), 'utf8') }));
}

test('nothing outside of the ledger knows its engines, and only an engine knows SQL', () => {
  const outside = sources().filter(({ path }) => !path.startsWith('ledger/'));
  const imports = outside.flatMap(({ path, text }) =>
    [...text.matchAll(/from '[^']*\/ledger\/[^']*'/g)].map(([line]) => `${path}: ${line}`),
  );
  expect(imports.length).toBeGreaterThan(15);
  expect(imports.filter((line) => !DOORS.test(line))).toEqual([]);
  const withSql = sources().filter(({ text }) => /\b(?:SELECT|INSERT INTO|DELETE FROM) |PRAGMA /.test(text));
  const isEngine = (path: string) => /^ledger\/(?:sqlite|postgres)\//.test(path);
  expect(withSql.map(({ path }) => path).filter((path) => !isEngine(path))).toEqual([]);
});
