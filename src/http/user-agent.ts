import { createRequire } from 'node:module';

// Resolved through the package's own name, so that it is found from src/ and from dist/ alike.
const manifest: { version: string } = createRequire(import.meta.url)('callspan/package.json');

export const { version } = manifest;

/** How callspan introduces itself to vendors and collectors. */
export const userAgent = `callspan/${manifest.version}`;
