import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const TREE = fileURLToPath(new URL('..', import.meta.url));

/** callspan as it was at some commit, built beside today's, so that both are measured in one run on one machine. */
export class Baseline {
  readonly program: string;
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
    this.program = join(folder, 'dist/src/cli/main.js');
  }

  /** @throws where the commit is not there or does not build. */
  static async build(commit: string): Promise<Baseline> {
    const folder = join(mkdtempSync(join(tmpdir(), 'callspan-baseline-')), 'tree');
    await run('git', ['-C', TREE, 'worktree', 'add', '--detach', folder, commit]);
    const baseline = new Baseline(folder);
    // Its own dependencies: some have been exchanged since.
    await run('npm', ['ci', '--no-fund', '--no-audit'], { cwd: folder });
    await run('npm', ['run', '--silent', 'build'], { cwd: folder });
    if (!existsSync(baseline.program)) throw new Error(`${commit} has no program that can be measured`);
    return baseline;
  }

  async close(): Promise<void> {
    await run('git', ['-C', TREE, 'worktree', 'remove', '--force', this.#folder]);
    await rm(join(this.#folder, '..'), { recursive: true, force: true });
  }
}
