import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { parseObjectives } from './src/objectives.ts';
import { ruleFile } from './src/rule-file.ts';

/**
 * Makes config/rules/callspan.yml from config/objectives.yaml.
 *
 *   npx tsx grafana/rules.ts [--check] [--objectives FILE] [--out FILE] [--scale NUMBER]
 *
 * `--check` writes nothing, and fails where the file is not what would be written. `--scale` shortens all lengths of
 * time, to try alerts out: 0.0167 makes seconds of minutes.
 */
const { values } = parseArgs({
  options: {
    check: { type: 'boolean', default: false },
    objectives: { type: 'string', default: inRepository('config/objectives.yaml') },
    out: { type: 'string', default: inRepository('config/rules/callspan.yml') },
    scale: { type: 'string', default: '1' },
  },
});

const scale = Number(values.scale);
if (!(scale > 0)) throw new Error(`--scale ${values.scale} is not a number greater than 0`);
const rules = ruleFile(parseObjectives(await readFile(values.objectives, 'utf8')), scale);
if (!values.check) {
  await writeFile(values.out, rules);
} else if ((await readFile(values.out, 'utf8')) !== rules) {
  process.stderr.write(`${values.out} is out of date; run: npx tsx grafana/rules.ts\n`);
  process.exitCode = 1;
}

function inRepository(path: string): string {
  return fileURLToPath(new URL(`../${path}`, import.meta.url));
}
