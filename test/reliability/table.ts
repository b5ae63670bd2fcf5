import type { Row } from './promises.ts';
import type { Ran } from './reports.ts';

/** All that ran. */
export interface Runs {
  readonly tests: readonly Ran[];
  /** How often each promise of the crash test was broken. */
  readonly chaos: ReadonlyMap<string, number>;
}

export interface Tables {
  /** A table for each promise, in Markdown. */
  readonly text: string;
  /** Why it must not be believed, a sentence each. */
  readonly problems: readonly string[];
}

interface Line {
  readonly fault: string;
  readonly outcome: string;
  readonly shownBy: string;
}

const CHAOS = 'test/chaos/run.ts';
const PROMISE = 'promise: ';
const FAULT = /^fault: (?<fault>.+) → (?<outcome>.+)$/s;

/** The tables of all promises, from what ran; whatever did not run, or did not pass, is a problem. */
export function tables(promises: readonly string[], rows: readonly Row[], runs: Runs): Tables {
  const problems: string[] = [];
  const lines = new Map<string, Line[]>(promises.map((promise) => [promise, []]));
  const add = (promise: string, line: Line) => {
    const found = lines.get(promise);
    if (found) found.push(line);
    else problems.push(`nobody promises that ${promise}: "${line.fault}"`);
  };
  // Files end in any order, and the tables are always the same.
  const tests = runs.tests.toSorted((one, other) =>
    one.file < other.file ? -1 : Number(one.file > other.file),
  );
  for (const test of tests) {
    const promise = test.groups.find((group) => group.startsWith(PROMISE))?.slice(PROMISE.length);
    if (promise === undefined) continue;
    const { fault, outcome } = FAULT.exec(test.own)?.groups ?? {};
    if (fault === undefined || outcome === undefined) {
      problems.push(`${test.file}: "${test.own}" is no "fault: … → …"`);
      continue;
    }
    if (!test.passed) problems.push(`${test.file}: "${test.title}" did not pass`);
    add(promise, { fault, outcome, shownBy: test.file });
  }
  for (const row of rows) {
    const { found, shownBy, lacking } = look(row, runs);
    problems.push(...lacking);
    add(row.promise, { fault: row.fault.replace('{}', found.join('; ')), outcome: row.outcome, shownBy });
  }
  for (const [promise, all] of lines) {
    if (all.length === 0) problems.push(`nothing shows that ${promise}`);
  }
  return { text: [...lines].map(([promise, all]) => table(promise, all)).join('\n'), problems };
}

/** Looks for what shows a row. `found` is what its pattern has in its group, each once. */
function look({ fault, shown }: Row, runs: Runs): { found: string[]; shownBy: string; lacking: string[] } {
  if ('chaos' in shown) {
    const broken = shown.chaos.filter((name) => runs.chaos.get(name) !== 0);
    return { found: [], shownBy: CHAOS, lacking: broken.map((name) => `${CHAOS}: "${name}" was not kept`) };
  }
  const { file, tests } = shown;
  const matches = runs.tests.flatMap((test) => {
    if (test.file !== file) return [];
    const match = typeof tests === 'string' ? test.title === tests && [tests] : tests.exec(test.title);
    return match ? [{ test, caught: match[1] }] : [];
  });
  const lacking = matches
    .filter(({ test }) => !test.passed)
    .map(({ test }) => `${file}: "${test.title}" did not pass`);
  if (matches.length === 0) lacking.push(`${file}: nothing ran that is called "${tests}" (${fault})`);
  const found = new Set(matches.flatMap(({ caught }) => (caught === undefined ? [] : [caught])));
  return { found: [...found], shownBy: file, lacking };
}

function table(promise: string, lines: readonly Line[]): string {
  const rows = lines.map(({ fault, outcome, shownBy }) => {
    const link = `[${shownBy.replace(/^test\//, '')}](../${shownBy})`;
    return `| ${cell(fault)} | ${cell(outcome)} | ${link} |`;
  });
  const heading = `### ${promise.charAt(0).toUpperCase()}${promise.slice(1)}`;
  return [heading, '', '| fault | what happens | shown by |', '|---|---|---|', ...rows, ''].join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replace(/\s+/g, ' ');
}
