import { createHash } from 'node:crypto';
import { utimesSync } from 'node:fs';
import { chmod, copyFile, cp, mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CollectorManifest, GoManifest, Manifest } from './manifest.ts';
import { step } from './steps.ts';
import { Toolchain } from './toolchain.ts';

const HEARTBEAT_MS = 2_000;

/** The folder that built programs are kept in: `$XDG_CACHE_HOME` or `~/.cache`, then `callspan/programs`. */
export function cacheFolder(env: NodeJS.ProcessEnv): string {
  return join(env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache'), 'callspan', 'programs');
}

/**
 * The folder with the binaries of a manifest, built there unless it exists.
 *
 * Keyed by the manifest, the version of Go and the platform. A build happens in a folder of its own, whose
 * rename is what makes the result visible: a build that was killed leaves nothing that looks whole, and of
 * two processes that build at once the second waits for the first.
 */
export async function built(manifest: Manifest, go: string, env: NodeJS.ProcessEnv): Promise<string> {
  const identity = [manifest.identity, go, process.platform, process.arch].join('\0');
  const key = `${manifest.name}-${createHash('sha256').update(identity).digest('hex').slice(0, 16)}`;
  const cache = cacheFolder(env);
  const folder = join(cache, key);
  if (await exists(folder)) return folder;
  await mkdir(cache, { recursive: true });
  if (await waitForOther(cache, key)) return folder;

  const workshop = await mkdtemp(join(cache, `.${key}.`));
  const heartbeat = setInterval(() => utimesSync(workshop, new Date(), new Date()), HEARTBEAT_MS);
  try {
    await mkdir(join(workshop, 'bin'));
    const tools = new Toolchain(workshop, env);
    if (manifest.kind === 'collector') await buildCollector(manifest, workshop, tools);
    else await buildModule(manifest, workshop, tools);
    await rename(join(workshop, 'bin'), folder);
  } catch (error) {
    // Two that began in the same instant both build, and the later rename finds the folder taken.
    if (!(await exists(folder))) throw error;
  } finally {
    clearInterval(heartbeat);
    await rm(workshop, { recursive: true, force: true });
  }
  return folder;
}

/**
 * Waits while another process builds the same; true when its result is there. A workshop that nobody has
 * touched for a while belongs to a build that was killed (a process id would not tell: it may be another's by
 * now, or of another container).
 */
async function waitForOther(cache: string, key: string): Promise<boolean> {
  for (const name of await readdir(cache)) {
    if (!name.startsWith(`.${key}.`)) continue;
    const workshop = join(cache, name);
    if (await isWorkedIn(workshop)) {
      await step(`${key}: waiting for the process that is building it`, async () => {
        while (await isWorkedIn(workshop)) await sleep(500);
      });
    }
    await rm(workshop, { recursive: true, force: true });
  }
  return exists(join(cache, key));
}

async function isWorkedIn(workshop: string): Promise<boolean> {
  try {
    return Date.now() - (await stat(workshop)).mtimeMs < 10 * HEARTBEAT_MS;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

async function buildCollector(
  manifest: CollectorManifest,
  workshop: string,
  tools: Toolchain,
): Promise<void> {
  await writeFile(join(workshop, 'collector.yaml'), manifest.text);
  const builder = `go.opentelemetry.io/collector/cmd/builder@v${manifest.version}`;
  const label = `${manifest.name} ${manifest.version}`;
  await step(`${label}: putting the source together`, () =>
    tools.go('run', builder, '--config', 'collector.yaml', '--skip-compilation'),
  );
  await step(`${label}: compiling, some minutes the first time`, () =>
    tools.go(
      '-C',
      'collector',
      'build',
      '-trimpath',
      '-ldflags=-s -w',
      '-o',
      `../bin/${manifest.binary}`,
      '.',
    ),
  );
}

async function buildModule(manifest: GoManifest, workshop: string, tools: Toolchain): Promise<void> {
  const { module, version, packages } = manifest;
  const label = `${manifest.name} ${version}`;
  const commands = packages.map((path) => `${module}/${path}`);
  await step(`${label}: downloading modules`, async () => {
    await tools.go('mod', 'init', `callspan.invalid/${manifest.name}`);
    const source: { Dir: string } = JSON.parse(
      await tools.go('mod', 'download', '-json', `${module}@${version}`),
    );
    if (manifest.sums === 'module') {
      await copyFile(join(source.Dir, 'go.sum'), join(workshop, 'go.sum'));
      await chmod(join(workshop, 'go.sum'), 0o644);
    }
    const additions = Object.entries(manifest.files);
    if (additions.length > 0) {
      await cp(source.Dir, join(workshop, 'source'), { recursive: true });
      await tools.run('chmod', ['-R', 'u+w', 'source']);
      for (const [path, content] of additions) {
        const file = join(workshop, 'source', path);
        await mkdir(dirname(file), { recursive: true });
        await writeFile(file, content);
      }
      await tools.go('mod', 'edit', `-replace=${module}=./source`);
    }
    await tools.go('get', '-tool', ...commands.map((command) => `${command}@${version}`));
  });
  await step(`${label}: compiling, some minutes the first time`, () =>
    tools.go(
      'build',
      '-trimpath',
      `-tags=${manifest.tags.join(',')}`,
      `-ldflags=-s -w ${manifest.ldflags}`,
      '-o',
      'bin/',
      ...commands,
    ),
  );
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
