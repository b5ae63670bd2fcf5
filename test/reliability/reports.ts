import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';

/** A test that ran, by its file and its whole title, groups first, with ` > ` between. */
export interface Ran {
  readonly file: string;
  readonly title: string;
  readonly groups: readonly string[];
  readonly own: string;
  readonly passed: boolean;
}

/** What vitest writes with `--reporter=json`, as far as it is read here. */
interface VitestReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[];
      readonly title: string;
      readonly status: string;
    }[];
  }[];
}

/** The tests of a report, with files relative to `root`. */
export async function readReport(path: string, root: string): Promise<Ran[]> {
  const report = (await readJson(path)) as VitestReport;
  return report.testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.map(({ ancestorTitles: groups, title: own, status }) => ({
      ...{ file: relative(root, name).replaceAll('\\', '/'), groups, own },
      ...{ title: [...groups, own].join(' > '), passed: status === 'passed' },
    })),
  );
}

/** How often each promise of the crash test was broken, by its name. */
export async function readChaos(path: string): Promise<ReadonlyMap<string, number>> {
  const { promises } = (await readJson(path)) as { promises: Readonly<Record<string, number>> };
  return new Map(Object.entries(promises));
}

async function readJson(path: string): Promise<unknown> {
  return JSON.parse(await readFile(path, 'utf8'));
}
