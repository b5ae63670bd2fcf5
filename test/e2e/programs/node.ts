import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from './build.ts';

const execFileAsync = promisify(execFile);

/**
 * The path of a Node.js of a certain version, from the package registry and kept in the cache.
 * @throws Error where the registry has none for this platform or cannot be reached.
 */
export async function findNode(version: string): Promise<string> {
  const name = `node-${process.platform}-${process.arch}`;
  const cache = cacheFolder(process.env);
  const folder = join(cache, `${name}-${version}`);
  const binary = join(folder, 'node_modules', name, 'bin', 'node');
  if (await exists(binary)) return binary;
  await mkdir(cache, { recursive: true });
  const workshop = await mkdtemp(join(cache, `.${name}-${version}.`));
  try {
    const options = ['--no-save', '--no-audit', '--no-fund', '--prefix', workshop];
    await execFileAsync('npm', ['install', ...options, `${name}@${version}`]);
    await rename(workshop, folder);
  } finally {
    await rm(workshop, { recursive: true, force: true });
  }
  return binary;
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
