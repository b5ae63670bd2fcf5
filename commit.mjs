// Writes of which commit this build is, for `callspan --version`, beside what was built: whoever runs it needs no git.
import { execFileSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';

const FILE = 'dist/src/commit.json';

/** As git says, or where there is no repository (an image is built without one) as `REVISION` says. */
function commit() {
  const { REVISION = '' } = process.env;
  if (REVISION !== '' && REVISION !== 'unknown') return REVISION.slice(0, 12);
  // Not the repository of whoever has unpacked callspan inside one of his own.
  if (!existsSync('.git')) return undefined;
  try {
    const told = ['describe', '--always', '--dirty', '--abbrev=12', '--exclude=*'];
    return execFileSync('git', told, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    // No git on this machine, or a repository that it does not trust: the version alone is said.
    return undefined;
  }
}

const told = commit();
if (told === undefined) rmSync(FILE, { force: true });
else writeFileSync(FILE, `${JSON.stringify({ commit: told })}\n`);
