import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

// Resolved through the package's own name, so that it is found from src/ and from dist/ alike.
const manifest: { version: string } = require('callspan/package.json');

/** The version, and the commit where the build has written one down: `0.1.0 (52d9f2948fdf)`. */
export const version = withCommit(manifest.version);

/** How callspan introduces itself to vendors and collectors. */
export const userAgent = `callspan/${manifest.version}`;

function withCommit(plain: string): string {
  try {
    const { commit }: { commit: string } = require('../commit.json');
    return `${plain} (${commit})`;
  } catch (error) {
    // Built without a repository, or not built at all.
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return plain;
    throw error;
  }
}
