import { execFile, spawn } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { promisify } from 'node:util';

const execFileAsync = promisify(execFile);

/** A program could not be found or built; the message says what to install or to set. */
export class ProgramError extends Error {
  override readonly name = 'ProgramError';
}

/** The version of Go on the PATH, e.g. `go1.26.8`, or undefined without Go. */
export async function goVersion(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  try {
    const { stdout } = await execFileAsync('go', ['env', 'GOVERSION'], { env });
    return stdout.trim();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The Go tool in one folder, at a low priority: a build takes minutes, and is rarely all a machine has to do. */
export class Toolchain {
  readonly #folder: string;
  readonly #env: NodeJS.ProcessEnv;

  constructor(folder: string, env: NodeJS.ProcessEnv) {
    this.#folder = folder;
    // What a developer has set for projects of their own (a workspace, a target platform, vendoring) is not
    // meant for these; where modules come from and are kept (GOPROXY, GOPATH, GOCACHE, GOMODCACHE) is.
    const { GOOS, GOARCH, ...rest } = env;
    this.#env = { ...rest, GOWORK: 'off', GOFLAGS: '-mod=mod -buildvcs=false', CGO_ENABLED: '0' };
  }

  go(...args: string[]): Promise<string> {
    return this.run('go', args);
  }

  /** Standard output of a command; when it fails, an error with the end of what it said. */
  async run(command: string, args: readonly string[]): Promise<string> {
    const child = spawn(command, args, {
      cwd: this.#folder,
      env: this.#env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL);
    const output: Buffer[] = [];
    const log: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => log.push(chunk));
    const code = await new Promise<number | string>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (status, signal) => resolve(status ?? signal ?? 'unknown'));
    });
    if (code !== 0) {
      const said = Buffer.concat([...log, ...output]).toString();
      const end = said.trimEnd().split('\n').slice(-30).join('\n');
      throw new ProgramError(`\`${command} ${args.join(' ')}\` ended with ${code}:\n${end}`);
    }
    return Buffer.concat(output).toString();
  }
}
