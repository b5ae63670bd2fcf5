import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { dashboardFile, dashboards } from './src/dashboards.ts';
import { parseObjectives } from './src/objectives.ts';

/**
 * Makes the dashboards in grafana/dashboards from their sources and from config/objectives.yaml.
 *
 *   npx tsx grafana/generate.ts [--check]
 *
 * `--check` writes nothing, and fails where a file is not what would be written.
 */
const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });

const folder = fileURLToPath(new URL('dashboards/', import.meta.url));
const objectives = parseObjectives(
  await readFile(new URL('../config/objectives.yaml', import.meta.url), 'utf8'),
);
const wanted = new Map(
  [...dashboards(objectives)].map(([name, dashboard]) => [name, dashboardFile(dashboard)]),
);
await mkdir(folder, { recursive: true });
const present = (await readdir(folder)).filter((name) => name.endsWith('.json'));

for (const name of new Set([...present, ...wanted.keys()])) {
  const content = wanted.get(name);
  const file = `${folder}${name}`;
  if (values.check) {
    if (present.includes(name) && (await readFile(file, 'utf8')) === content) continue;
    process.stderr.write(`${file} is out of date; run: npx tsx grafana/generate.ts\n`);
    process.exitCode = 1;
  } else if (content === undefined) {
    await rm(file);
  } else {
    await writeFile(file, content);
  }
}
