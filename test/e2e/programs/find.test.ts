import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { findProgram, ProgramError } from '../programs.ts';

const execFileAsync = promisify(execFile);
const SCRIPT = fileURLToPath(new URL('../programs.ts', import.meta.url));
const TSX = fileURLToPath(import.meta.resolve('tsx/cli'));

let home: string;
let path: string;
let env: NodeJS.ProcessEnv;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'callspan-programs-'));
  path = join(home, 'path');
  await mkdir(path);
  env = { HOME: home, PATH: path };
});
afterEach(async () => {
  await rm(home, { recursive: true });
});

describe('a program is taken from', () => {
  test('its environment variable before the PATH', async () => {
    await install('amtool', 'echo amtool, version 0.40.0');
    const chosen = await install('my-amtool', 'echo anything');

    expect(await findProgram('amtool', { ...env, CALLSPAN_AMTOOL: chosen })).toBe(chosen);
  });

  test('nowhere else when the variable names no program', async () => {
    await install('amtool', 'echo amtool, version 0.40.0');
    const wrong = findProgram('amtool', { ...env, CALLSPAN_AMTOOL: join(home, 'nothing') });

    await expect(wrong).rejects.toThrow(/CALLSPAN_AMTOOL is .*nothing, which is not an executable file/);
  });

  test('the PATH when it is recent enough there', async () => {
    const recent = await install('prometheus', 'echo prometheus, version 3.14.0 >&2');

    expect(await findProgram('prometheus', env)).toBe(recent);
  });

  test('further down the PATH when the first one is too old', async () => {
    const later = join(home, 'later');
    await mkdir(later);
    await install('prometheus', 'echo "prometheus, version 2.42.0+ds"');
    const recent = await install('prometheus', 'echo prometheus, version 3.7.0', later);

    expect(await findProgram('prometheus', { ...env, PATH: [path, later].join(delimiter) })).toBe(recent);
  });

  test('the contrib collector, as the core one keeps no queue on disk', async () => {
    const names = 'for name in otlp otlp_http memory_limiter filter transform health_check';
    await install('otelcol', `${names}; do echo "    - name: $name"; done`);
    const contrib = await install(
      'otelcol-contrib',
      `${names} file_storage; do echo "    - name: $name"; done`,
    );

    expect(await findProgram('otelcol', env)).toBe(contrib);
    await rm(contrib);
    await expect(findProgram('otelcol', env)).rejects.toThrow(ProgramError);
  });
});

test('without the program and without Go, the command ends with 1 and says what to do', async () => {
  const run = execFileAsync(process.execPath, [TSX, SCRIPT, 'jaeger'], { env });

  await expect(run).rejects.toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(/Put jaeger on the PATH, set CALLSPAN_JAEGER .* or install Go/),
  });
});

describe('a build', () => {
  beforeEach(async () => {
    // The Go tool, as far as a build can tell, with a compiler that takes its time.
    env = { HOME: home, PATH: [path, process.env.PATH].join(delimiter) };
    await mkdir(join(home, 'module'));
    await writeFile(join(home, 'module', 'main.go'), 'package main');
    await install(
      'go',
      `
      case "$1 $2" in
        "env GOVERSION") echo go1.99.0 ;;
        "mod download") echo '{"Dir": "${join(home, 'module')}"}' ;;
        "build "*)
          echo compiled >> '${join(home, 'compiler.log')}'
          while [ -e '${join(home, 'slow')}' ]; do sleep 0.05; done
          [ ! -e '${join(home, 'broken')}' ] || { echo 'main.go:7: undefined: x' >&2; exit 1; }
          echo '#!/bin/sh' > bin/amtool; chmod +x bin/amtool ;;
      esac`,
    );
  });

  test('of two processes at once happens once, and both have it', async () => {
    await writeFile(join(home, 'slow'), '');
    const first = execFileAsync(process.execPath, [TSX, SCRIPT, 'amtool'], { env });
    await vi.waitFor(() => readFile(join(home, 'compiler.log')), { timeout: 20_000 });
    const second = spawn(process.execPath, [TSX, SCRIPT, 'amtool'], { env });
    const [waiting] = await once(second.stderr, 'data');
    expect(String(waiting)).toMatch(/waiting for the process that is building it/);

    await rm(join(home, 'slow'));
    const [printed] = await once(second.stdout, 'data');
    expect(String(printed)).toBe((await first).stdout);
    expect(await readFile(join(home, 'compiler.log'), 'utf8')).toBe('compiled\n');
  });

  test('that fails shows what the compiler said, and leaves nothing behind', async () => {
    await writeFile(join(home, 'broken'), '');

    await expect(findProgram('amtool', env)).rejects.toThrow(/main.go:7: undefined: x/);
    expect(await readdir(join(home, '.cache/callspan/programs'))).toEqual([]);
  });

  test('is not repeated', async () => {
    const built = await findProgram('amtool', env);

    expect(await findProgram('amtool', env)).toBe(built);
    expect(await readFile(join(home, 'compiler.log'), 'utf8')).toBe('compiled\n');
  });
});

/** Puts a shell script on the PATH. */
async function install(name: string, script: string, folder = path): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
  return file;
}
