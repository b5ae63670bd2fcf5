import { execFile } from 'node:child_process';
import { access, constants, realpath } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { built } from './programs/build.ts';
import { PROGRAMS, type Program, type ProgramName } from './programs/catalog.ts';
import { readManifest } from './programs/manifest.ts';
import { goVersion, ProgramError } from './programs/toolchain.ts';

export type { ProgramName } from './programs/catalog.ts';
export { ProgramError } from './programs/toolchain.ts';

const execFileAsync = promisify(execFile);

/**
 * The path of a real program: what its environment variable names (`CALLSPAN_OTELCOL`, …), else a recent
 * enough one on the PATH, else the one in the cache, which is built there the first time.
 *
 * @throws ProgramError when there is none and none can be built; its message says what to do.
 */
export async function findProgram(name: ProgramName, env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const program = PROGRAMS.find((candidate) => candidate.name === name);
  if (program === undefined) {
    throw new ProgramError(
      `There is no program ${name}; there are ${PROGRAMS.map((p) => p.name).join(', ')}.`,
    );
  }
  return (await named(program, env)) ?? (await installed(program, env)) ?? (await own(program, env));
}

/** What the environment variable names. It is an order: when it does not work, nothing else is tried. */
async function named(program: Program, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const path = env[program.variable];
  if (path === undefined || path === '') return undefined;
  if (await isExecutable(path)) return path;
  throw new ProgramError(`${program.variable} is ${path}, which is not an executable file.`);
}

async function installed(program: Program, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const folders = (env.PATH ?? '').split(delimiter).filter(isAbsolute);
  for (const command of program.commands) {
    for (const folder of folders) {
      const path = join(folder, command);
      if (!(await isExecutable(path))) continue;
      const shortcoming = program.shortcoming(await print(path, program.probe, env));
      if (shortcoming === undefined) return path;
      process.stderr.write(`${path} is not used: ${shortcoming}.\n`);
    }
  }
  return undefined;
}

async function own(program: Program, env: NodeJS.ProcessEnv): Promise<string> {
  const go = await goVersion(env);
  if (go === undefined) {
    throw new ProgramError(
      `${program.title} is needed and was not found. Put ${program.commands.join(' or ')} on the PATH, ` +
        `set ${program.variable} to its path, or install Go 1.26 or newer (https://go.dev/dl/) to have it built.`,
    );
  }
  return join(await built(await readManifest(program.manifest), go, env), program.name);
}

/** All that a program prints; a program that fails has printed what there is to judge it by. */
async function print(path: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  try {
    const { stdout, stderr } = await execFileAsync(path, [...args], { env, timeout: 10_000 });
    return stdout + stderr;
  } catch (error) {
    return String(error);
  }
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Vitest's global setup: every program is there before the first test, so that no test waits for a compiler. */
export default async function setup(): Promise<void> {
  for (const { name } of PROGRAMS) await findProgram(name);
}

async function main(names: readonly string[]): Promise<void> {
  const wanted = names.length === 0 ? PROGRAMS.map((program) => program.name) : (names as ProgramName[]);
  for (const name of wanted) process.stdout.write(`${name} ${await findProgram(name)}\n`);
}

const script = process.argv[1];
if (script !== undefined && (await realpath(script)) === fileURLToPath(import.meta.url)) {
  try {
    await main(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof ProgramError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
