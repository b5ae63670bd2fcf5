import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { pages, runAll, strangeLines } from './commands.ts';
import { openStage } from './stage.ts';

const PROGRAM = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));

/** A folder with the built program under its name, as an installation has it. */
async function installedHere(): Promise<{ bin: string; cwd: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'callspan-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const [bin, cwd] = [join(folder, 'bin'), join(folder, 'work')];
  await Promise.all([mkdir(bin), mkdir(cwd)]);
  await writeFile(join(bin, 'callspan'), `#!/bin/sh\nexec '${process.execPath}' '${PROGRAM}' "$@"\n`);
  await chmod(join(bin, 'callspan'), 0o755);
  return { bin, cwd };
}

test('every command of the README, of docs/ and of the help does what it says on a sandbox that stays up', async () => {
  const { bin, cwd } = await installedHere();
  const stage = await openStage(bin, cwd);
  const { failed, count } = await runAll(stage);
  expect(count).toBeGreaterThan(60);
  expect(failed).toEqual([]);
});

test('what else stands in a block for a shell is another program’s, and known to be', () => {
  expect(pages().flatMap((page) => strangeLines(page).map((line) => `${page}: ${line}`))).toEqual([]);
});
