import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';

const PROGRAM = fileURLToPath(new URL('../commit.mjs', import.meta.url));
const execute = promisify(execFile);

/** Git takes its repository from these before it looks at the folder: a hook of somebody's sets them. */
const { GIT_DIR: _, GIT_WORK_TREE: __, GIT_INDEX_FILE: ___, ...ENVIRONMENT } = process.env;

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'callspan-commit-'));
  await mkdir(join(folder, 'dist', 'src'), { recursive: true });
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** What the build writes down in `cwd`, or undefined where it writes nothing. */
async function written(cwd: string, environment: Readonly<Record<string, string>> = {}) {
  await execute(process.execPath, [PROGRAM], { cwd, env: { ...ENVIRONMENT, REVISION: '', ...environment } });
  try {
    return JSON.parse(await readFile(join(cwd, 'dist/src/commit.json'), 'utf8')) as { commit: string };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function repository(cwd: string): Promise<string> {
  const git = (...args: string[]) => execute('git', args, { cwd, env: ENVIRONMENT });
  await git('init', '--quiet');
  await writeFile(join(cwd, 'a'), 'a');
  await git('add', 'a');
  await git('-c', 'user.name=a', '-c', 'user.email=a@example.com', 'commit', '--quiet', '--message', 'a');
  return (await git('rev-parse', 'HEAD')).stdout.trim();
}

test('a clone says its commit, and whether something was changed since', async () => {
  const head = await repository(folder);
  expect(await written(folder)).toEqual({ commit: head.slice(0, 12) });
  await writeFile(join(folder, 'a'), 'b');
  expect(await written(folder)).toEqual({ commit: `${head.slice(0, 12)}-dirty` });
});

test('where there is no repository, who builds may say it; unknown is said as nothing', async () => {
  expect(await written(folder, { REVISION: '0123456789abcdef0123' })).toEqual({ commit: '0123456789ab' });
  expect(await written(folder, { REVISION: 'unknown' })).toBeUndefined();
});

test('an unpacked copy inside of somebody’s repository does not say that one’s commit', async () => {
  await repository(folder);
  const copy = join(folder, 'vendored');
  await mkdir(join(copy, 'dist', 'src'), { recursive: true });
  expect(await written(copy)).toBeUndefined();
});
