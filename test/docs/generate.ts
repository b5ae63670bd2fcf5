import { mkdirSync, writeFileSync } from 'node:fs';
import { reference } from './reference.ts';
import { settingsSchema } from './settings-schema.ts';

/** Writes docs/reference.md and schema/settings.json: `npm run generate`. */
const at = (path: string) => new URL(`../../${path}`, import.meta.url);
writeFileSync(at('docs/reference.md'), reference());
mkdirSync(at('schema/'), { recursive: true });
writeFileSync(at('schema/settings.json'), `${JSON.stringify(settingsSchema(), null, 2)}\n`);
