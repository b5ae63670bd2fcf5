import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startVitest, type TestModule } from 'vitest/node';
import { ELEVENLABS_MUTANTS } from './elevenlabs.ts';
import { ELEVENLABS_SPEECH_MUTANTS } from './elevenlabs-speech.ts';
import type { Mutant } from './mutant.ts';
import { RETELL_MUTANTS } from './retell.ts';
import { SHARED_MUTANTS } from './shared.ts';
import { SHOWN_MUTANTS } from './shown.ts';
import { TAVUS_MUTANTS } from './tavus.ts';
import { VAPI_MUTANTS } from './vapi.ts';

/**
 * Breaks the translators, and what is made of them for people, in one place at a time, and sees whether the tests of
 * the broken rule fail.
 *
 * Nothing is written into the tree: every mutant is a set of modules of its own in one run of the tests. A test that
 * is imported as `x.test.ts?mutant=3` gets the modules that reach the changed one as `…?mutant=3`, and all others as
 * they are.
 */
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** Parts of files' names: only the mutants of those, where any are given. */
const WANTED = process.argv.slice(2);
const MUTANTS: readonly Mutant[] = [
  ...SHARED_MUTANTS,
  ...TAVUS_MUTANTS,
  ...RETELL_MUTANTS,
  ...VAPI_MUTANTS,
  ...ELEVENLABS_MUTANTS,
  ...ELEVENLABS_SPEECH_MUTANTS,
  ...SHOWN_MUTANTS,
].filter(({ file }) => WANTED.length === 0 || WANTED.some((part) => file.includes(part)));
/** The tests as they are, which have to pass: else anything kills anything. */
const UNCHANGED = 'none';
const QUERY = /\?mutant=(\d+)$/;
/** Mutants of one run of the tests: their modules stay in memory until it ends, and hundreds of them crawl. */
const AT_ONCE = 50;
/** For each mutant, the modules that import the changed one, at once or through others, and itself. */
const IMPORTERS = importers();
const REACHING = MUTANTS.map(({ file }) => reaching(join(ROOT, 'src', file), IMPORTERS));

function importers(): ReadonlyMap<string, readonly string[]> {
  const imported = new Map<string, string[]>();
  for (const folder of ['src', 'test']) {
    for (const name of readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })) {
      if (!name.endsWith('.ts')) continue;
      const path = join(ROOT, folder, name);
      for (const [, target = ''] of readFileSync(path, 'utf8').matchAll(
        /(?:from |import\()'(\.[^']+\.ts)'/g,
      )) {
        const to = join(dirname(path), target);
        imported.set(to, [...(imported.get(to) ?? []), path]);
      }
    }
  }
  return imported;
}

function reaching(path: string, by: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> {
  const found = new Set([path]);
  for (const one of found) for (const importer of by.get(one) ?? []) found.add(importer);
  return found;
}

interface Resolver {
  resolve(source: string, importer: string): Promise<{ id: string } | null>;
}

const plugin = {
  name: 'mutants',
  enforce: 'pre' as const,
  async resolveId(this: Resolver, source: string, importer: string | undefined) {
    if (QUERY.test(source)) return source;
    const from = importer === undefined ? null : QUERY.exec(importer);
    if (!from || importer === undefined || !source.startsWith('.')) return null;
    const resolved = await this.resolve(source, importer.replace(QUERY, ''));
    const reaches = resolved && REACHING[Number(from[1])]?.has(resolved.id);
    return reaches ? `${resolved.id}?mutant=${from[1]}` : resolved;
  },
  load(id: string) {
    const query = QUERY.exec(id);
    if (!query) return null;
    const path = id.replace(QUERY, '');
    const source = readFileSync(path, 'utf8');
    const mutant = MUTANTS[Number(query[1])];
    if (!mutant || path !== join(ROOT, 'src', mutant.file)) return source;
    return source.replace(mutant.find, () => mutant.replace);
  },
};

function missing({ file, find }: Mutant): boolean {
  return readFileSync(join(ROOT, 'src', file), 'utf8').split(find).length !== 2;
}

/**
 * Killed by a test that fails, or by a file that fails before its first test, as those do that make what all their
 * tests look at; not by a module that cannot be read.
 */
function isKilled(module: TestModule): boolean {
  const [error] = module.errors();
  if (error !== undefined) {
    if (/Transform failed|Cannot find module/.test(error.message))
      throw new Error(`${module.moduleId}: ${error.message}`);
    return true;
  }
  return [...module.children.allTests()].some((test) => test.result().state === 'failed');
}

/** @returns which of the files that were written failed. */
async function failures(
  files: readonly { name: string; imports: readonly string[] }[],
): Promise<Set<string>> {
  const folder = mkdtempSync(join(tmpdir(), 'mutants-'));
  try {
    for (const { name, imports } of files) {
      const text = imports.map((path) => `import ${JSON.stringify(path)};\n`).join('');
      writeFileSync(join(folder, `${name}.test.ts`), text);
    }
    const vitest = await startVitest(
      'test',
      [],
      // One thread for many files: the modules of different mutants do not meet.
      {
        root: folder,
        config: false,
        include: ['*.test.ts'],
        setupFiles: [join(ROOT, 'test/mutants/stop-at-first.ts')],
        watch: false,
        reporters: [{}],
        pool: 'threads',
        isolate: false,
        // As for the tests themselves: a busy machine kills no mutant.
        testTimeout: 60_000,
      },
      { plugins: [plugin] },
    );
    const modules = vitest.state.getTestModules();
    if (modules.length !== files.length)
      throw new Error(`${modules.length} of ${files.length} files were run`);
    const failed = modules.filter(isKilled).map((module) => module.moduleId.split('/').at(-1) ?? '');
    await vitest.close();
    return new Set(failed.map((file) => file.replace(/\.test\.ts$/, '')));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function importsOf(killedBy: readonly string[], mutant?: number): string[] {
  return killedBy.map((file) => join(ROOT, 'test', file) + (mutant === undefined ? '' : `?mutant=${mutant}`));
}

const lost = MUTANTS.filter(missing);
for (const { rule, file, find } of lost) console.log(`MISSING   ${file}: ${rule}\n          ${find}`);
const tests = [...new Set(MUTANTS.flatMap(({ killedBy }) => killedBy))];
const files = [
  { name: UNCHANGED, imports: importsOf(tests) },
  ...MUTANTS.map(({ killedBy }, index) => ({ name: String(index), imports: importsOf(killedBy, index) })),
];
const failed = new Set<string>();
for (let from = 0; from < files.length; from += AT_ONCE) {
  for (const name of await failures(files.slice(from, from + AT_ONCE))) failed.add(name);
}
const survivors = MUTANTS.filter((_, index) => !failed.has(String(index)));
for (const { rule, file, find, replace } of survivors) {
  console.log(`SURVIVED  ${file}: ${rule}\n          - ${find}\n          + ${replace}`);
}
if (failed.has(UNCHANGED)) console.log('The tests fail without any mutant.');
console.log(`${MUTANTS.length - survivors.length} killed, ${survivors.length} survived`);
process.exit(survivors.length > 0 || lost.length > 0 || failed.has(UNCHANGED) ? 1 : 0);
