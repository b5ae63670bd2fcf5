import { writeFileSync } from 'node:fs';
import { reference } from './reference.ts';

/** Writes docs/reference.md: `npm run generate`. */
writeFileSync(new URL('../../docs/reference.md', import.meta.url), reference());
