import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { PROMISES, ROWS } from './promises.ts';
import { readChaos, readReport } from './reports.ts';
import { tables } from './table.ts';

/**
 * Writes the tables of docs/reliability.md from the tests that ran:
 *
 *     npm run promises -- --unit unit.json --unit long.json --e2e e2e.json --chaos chaos.json [--check]
 *
 * Fails where a test of a row did not run or did not pass, and then writes nothing. `--check` writes nothing at all,
 * and fails where the tables that are there are not those that it would write.
 */

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PAGE = fileURLToPath(new URL('../../docs/reliability.md', import.meta.url));
const BEGIN = '<!-- what follows is written by `npm run promises` -->\n';
const END = '<!-- what precedes is written by `npm run promises` -->\n';

const { values: options } = parseArgs({
  options: {
    unit: { type: 'string', multiple: true },
    e2e: { type: 'string' },
    chaos: { type: 'string' },
    check: { type: 'boolean', default: false },
  },
});

const { unit, e2e, chaos, check } = options;
if (unit === undefined || e2e === undefined || chaos === undefined) {
  throw new TypeError(
    '--unit, --e2e and --chaos are all needed: reports in JSON of the tests that ran; --unit once a report',
  );
}
const tests = (await Promise.all([...unit, e2e].map((path) => readReport(path, ROOT)))).flat();
const { text, problems } = tables(PROMISES, ROWS, { tests, chaos: await readChaos(chaos) });

const page = await readFile(PAGE, 'utf8');
const [before = '', rest = ''] = page.split(BEGIN);
const [, after] = rest.split(END);
if (after === undefined) throw new Error(`${PAGE} has no place for the tables`);
const current = `${before}${BEGIN}\n${text}\n${END}${after}`;

for (const problem of problems) process.stderr.write(`${problem}\n`);
if (problems.length > 0) process.exitCode = 1;
else if (!check) await writeFile(PAGE, current);
else if (current !== page) {
  process.stderr.write('docs/reliability.md is not what the tests show; npm run promises writes it\n');
  process.exitCode = 1;
}
