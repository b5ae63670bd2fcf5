import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startSink } from '../../sandbox/index.ts';
import { runAll } from './commands.ts';
import { openStage } from './stage.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const execute = promisify(execFile);

/** As whoever builds without a repository says it. */
const COMMIT = '0123456789abcdef0123456789abcdef01234567';

let folder: string;
/** Where it is installed: an empty folder before. */
let home: string;
let files: readonly string[];

/** Packs a copy of what is here, so that nobody who runs the build meanwhile loses it, and installs what comes out. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'callspan-test-'));
  const copy = join(folder, 'copy');
  const isOurs = (path: string) =>
    !/^(?:node_modules|dist|\.git|coverage)(?:\/|$)/.test(path.slice(ROOT.length));
  await cp(ROOT, copy, { recursive: true, filter: isOurs });
  await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  const { stdout } = await execute('npm', ['pack', '--json', '--pack-destination', folder], {
    cwd: copy,
    env: { ...process.env, REVISION: COMMIT },
  });
  const [packed] = JSON.parse(stdout.slice(stdout.indexOf('[')));
  files = packed.files.map(({ path }: { path: string }) => path);
  home = join(folder, 'empty');
  await mkdir(home);
  await execute(
    'npm',
    ['install', '--no-audit', '--no-fund', '--prefer-offline', '--omit=dev', join(folder, packed.filename)],
    { cwd: home },
  );
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the tarball', () => {
  test('carries its build, its documents, its schema and the files of the collector', () => {
    expect(files).toEqual(
      expect.arrayContaining([
        ...['dist/src/cli/main.js', 'dist/src/index.js', 'dist/src/index.d.ts', 'dist/sandbox/index.js'],
        ...[
          'README.md',
          'LICENSE',
          'CHANGELOG.md',
          'SECURITY.md',
          'docs/operations.md',
          'docs/conversation.png',
        ],
        ...['collector-config.yaml', 'config/collector/langfuse.yaml', 'config/rules/callspan.yml'],
        ...['schema/settings.json', 'examples/callspan.yaml', 'deploy/systemd/callspan.service'],
        'grafana/dashboards/conversations.json',
      ]),
    );
  });

  test('has no test, no source map without its source, and nothing of an older build', () => {
    expect(
      files.filter((file) => /^(?:test|bench|src)\/|\.map$|\.tsbuildinfo$|\.db|^\.env$/.test(file)),
    ).toEqual([]);
    const modules = files.filter((file) => file.startsWith('dist/') && file.endsWith('.js'));
    expect(modules.length).toBeGreaterThan(200);
  });
});

test('the version names the commit that was packed, where there is no repository and no git', async () => {
  const main = join(home, 'node_modules', 'callspan', 'dist', 'src', 'cli', 'main.js');
  const { stdout } = await execute(process.execPath, [main, '--version'], { cwd: home, env: {} });
  expect(stdout).toMatch(/^\d+\.\d+\.\d+ \(0123456789ab\)\n$/);
});

/** Runs `npx callspan` where it is installed, as the head of a group of processes. */
async function npx(args: readonly string[], environment: Readonly<Record<string, string>>) {
  const child = spawn('npx', ['--no-install', 'callspan', ...args], {
    ...{ cwd: home, detached: true, stdio: ['ignore', 'pipe', 'pipe'] as const },
    env: { PATH: process.env.PATH, ...environment },
  });
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      texts[name] += text;
    });
  }
  const [code] = await once(child, 'close');
  return { code, ...texts, hasSurvivors: isThere(-(child.pid ?? 0)) };
}

function isThere(group: number): boolean {
  try {
    process.kill(group, 0);
    return true;
  } catch {
    return false;
  }
}

const BUSY_PROXY = 'http://127.0.0.1:1';

describe('npx callspan demo, from the tarball', () => {
  test('works without a home, with a proxy set and a collector exported, and leaves nothing behind', async () => {
    const sink = await startSink();
    const temporary = join(folder, 'temporary');
    await mkdir(temporary);
    const before = await readdir(home);
    try {
      const { code, stdout, stderr, hasSurvivors } = await npx(['demo'], {
        // Not even root can make a folder in a file. What npm itself has to keep is not the demo's.
        HOME: join(home, 'package.json', 'home'),
        npm_config_cache: join(folder, 'npm'),
        TMPDIR: temporary,
        ...{
          HTTP_PROXY: BUSY_PROXY,
          HTTPS_PROXY: BUSY_PROXY,
          http_proxy: BUSY_PROXY,
          https_proxy: BUSY_PROXY,
        },
        ...{ OTEL_EXPORTER_OTLP_ENDPOINT: sink.url, OTEL_EXPORTER_OTLP_HEADERS: 'api-key=somebodys' },
      });
      expect(code, stderr).toBe(0);
      expect(stdout).toMatch(/^seen (\d+), delivered \1, pending 0, empty 0, dead 0$/m);
      expect(hasSurvivors).toBe(false);
      expect(sink.requests.total).toBe(0);
      expect(await readdir(temporary)).toEqual([]);
      expect(await readdir(home)).toEqual(before);
    } finally {
      await sink.close();
    }
  });
});

test('every command of the README, of docs/ and of the help runs as installed from the tarball', async () => {
  const work = join(folder, 'work');
  await mkdir(work);
  const { failed, count } = await runAll(await openStage(join(home, 'node_modules', '.bin'), work));
  expect(count).toBeGreaterThan(60);
  expect(failed).toEqual([]);
});
