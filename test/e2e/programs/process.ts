import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** How a program is started, and how one sees that it is ready. */
export interface Launch {
  /** What it is called in errors. */
  readonly name: string;
  readonly path: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** File that standard output and error are appended to. */
  readonly log: string;
  /** URLs that all answer 200 once the program is ready. */
  readonly ready: readonly string[];
}

const START_MS = 60_000;
const STOP_MS = 20_000;

/** One running program, which can be killed and started again in the same place. */
export class RunningProgram {
  readonly launch: Launch;
  #child: ChildProcess;

  private constructor(launch: Launch, child: ChildProcess) {
    this.launch = launch;
    this.#child = child;
  }

  /** Starts a program and waits until it is ready; when it never is, throws with the end of its log. */
  static async start(launch: Launch): Promise<RunningProgram> {
    const program = new RunningProgram(launch, spawnLogged(launch));
    await program.#untilReady();
    return program;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Sends a signal and waits for the end. `SIGKILL` is the crash, `SIGTERM` the orderly stop. */
  async kill(signal: NodeJS.Signals): Promise<void> {
    if (!this.isRunning) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill(signal);
    await ended;
  }

  /** Starts the program again with the same arguments, so in the same folders and on the same ports. */
  async restart(): Promise<void> {
    await this.stop();
    this.#child = spawnLogged(this.launch);
    await this.#untilReady();
  }

  /** Stops in order; what has not ended after 20 s is killed. */
  async stop(): Promise<void> {
    const killer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS);
    try {
      await this.kill('SIGTERM');
    } finally {
      clearTimeout(killer);
    }
  }

  /** The last lines of what the program has said. */
  async logTail(lines = 30): Promise<string> {
    const log = await readFile(this.launch.log, 'utf8');
    return log.trimEnd().split('\n').slice(-lines).join('\n');
  }

  async #untilReady(): Promise<void> {
    const { name, ready, log } = this.launch;
    const deadline = Date.now() + START_MS;
    while (this.isRunning && Date.now() < deadline) {
      const answers = await Promise.all(ready.map(isOk));
      if (answers.every(Boolean)) return;
      await sleep(50);
    }
    const what = this.isRunning ? `was not ready after ${START_MS / 1000} s` : 'ended while it was starting';
    await this.kill('SIGKILL');
    throw new Error(`${name} ${what}; the end of ${log}:\n${await this.logTail()}`);
  }
}

function spawnLogged(launch: Launch): ChildProcess {
  const log = openSync(launch.log, 'a');
  const child = spawn(launch.path, launch.args, {
    stdio: ['ignore', log, log],
    env: { ...process.env, ...launch.env },
  });
  closeSync(log);
  // A test runner that is stopped must not leave servers behind.
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.off('exit', kill));
  return child;
}

async function isOk(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    // Refused, as long as nobody listens yet.
    return false;
  }
}
