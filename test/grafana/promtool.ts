import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import { findProgram } from '../e2e/programs.ts';
import type { InputSeries } from './timeline.ts';

const execFileAsync = promisify(execFile);

/** Which alerts fire at a minute: each as its name, its severity and what it is about, in any order. */
export interface Expectation {
  readonly minute: number;
  readonly firing: readonly Firing[];
}

/** Labels of a firing alert, `alertname` and `severity` among them. */
export type Firing = Readonly<Record<string, string>>;

export interface RuleTest {
  /** A rule file. */
  readonly rules: string;
  /** Minutes between samples. */
  readonly step: number;
  /** Minutes between evaluations of the rules. */
  readonly evaluateEvery: number;
  readonly series: readonly InputSeries[];
  readonly expectations: readonly Expectation[];
  /** Further queries and their one value, at a minute. */
  readonly values?: readonly { readonly minute: number; readonly expr: string; readonly value: number }[];
}

/** Labels that say what an alert is about. */
const ABOUT = [
  'alertname',
  'severity',
  'over',
  'callspan_source',
  'gen_ai_agent_id',
  'gen_ai_agent_version',
  'gen_ai_tool_name',
  'gen_ai_evaluation_name',
  'exporter',
  'receiver',
  'metric',
];

/**
 * Evaluates rules over series with `promtool test rules`, and compares all alerts that fire.
 * @throws Error with promtool's own words where anything else fires, or anything does not.
 */
export async function testRules(test: RuleTest): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'callspan-rules-'));
  try {
    const file = join(folder, 'test.yml');
    await writeFile(file, stringify(asPromtool(test), { lineWidth: 0 }));
    await run(['test', 'rules', file]);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** `promtool check rules`: that they can be read, and their templates too. */
export async function checkRules(file: string): Promise<void> {
  await run(['check', 'rules', '--lint=all', '--lint-fatal', file]);
}

async function run(args: readonly string[]): Promise<void> {
  try {
    await execFileAsync(await findProgram('promtool'), [...args], { maxBuffer: 64 * 1024 * 1024 });
  } catch (error) {
    if (!(error instanceof Error && 'stdout' in error && 'stderr' in error)) throw error;
    throw new Error(`promtool ${args[0]} ${args[1]}:\n${error.stdout}\n${error.stderr}`);
  }
}

function asPromtool({ rules, step, evaluateEvery, series, expectations, values = [] }: RuleTest): object {
  const firing = `count by (${ABOUT.join(', ')}) (ALERTS{alertstate="firing"})`;
  return {
    rule_files: [rules],
    evaluation_interval: `${evaluateEvery}m`,
    tests: [
      {
        interval: `${step}m`,
        input_series: series,
        promql_expr_test: [
          ...expectations.map((expectation) => ({
            expr: firing,
            eval_time: `${expectation.minute}m`,
            exp_samples: expectation.firing.map((labels) => ({ labels: selector(labels), value: 1 })),
          })),
          ...values.map(({ minute, expr, value }) => ({
            ...{ expr, eval_time: `${minute}m`, exp_samples: [{ labels: '{}', value }] },
          })),
        ],
      },
    ],
  };
}

function selector(labels: Firing): string {
  return `{${Object.entries(labels)
    .map(([name, value]) => `${name}="${value}"`)
    .join(', ')}}`;
}
