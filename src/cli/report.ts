import { ConfigError } from '../config/config.ts';
import { LATENCY_BOUNDARIES } from '../metrics/definitions.ts';
import { type By, Comparison } from '../report/comparison.ts';
import { comparisonJson, comparisonLines } from '../report/comparison-lines.ts';
import { printableJson } from '../show/printable.ts';
import { EXIT } from './exit.ts';
import { type ChoosingOptions, eachChosen } from './list.ts';
import { print } from './output.ts';
import { terminal } from './show.ts';

export interface ReportOptions extends Omit<ChoosingOptions, 'slow' | 'over'> {
  readonly by: string;
  readonly objective: string;
  readonly json: boolean;
}

const WAYS: readonly By[] = ['agent', 'version', 'week', 'source'];

/** `callspan report`: agents, versions or weeks beside each other, from the ledger alone. */
export async function report(options: ReportOptions): Promise<number> {
  const by = WAYS.find((one) => one === options.by);
  if (by === undefined) throw new ConfigError(`--by ${options.by}: expected one of ${WAYS.join(', ')}.`);
  const objective = objectiveOf(options.objective);
  const comparison = new Comparison(by, objective);
  await eachChosen({ ...options, slow: false }, ({ summary, source }) => comparison.add(summary, source));
  const groups = comparison.groups(by);
  if (options.json) {
    const told = groups.map((group) => comparisonJson(group, objective));
    process.stdout.write(`${printableJson(JSON.stringify(told, null, 2))}\n`);
  } else if (groups.length === 0) {
    print(`No conversation was delivered that fits, since ${options.since}.`);
  } else {
    const { columns } = terminal(process.stdout);
    print(...comparisonLines(groups, { by, objective, columns }), ...legend(objective));
  }
  return EXIT.ok;
}

function legend(objective: number): string[] {
  return [
    '',
    `Waits: a column for each length from ${LATENCY_BOUNDARIES[0]} s to over ${LATENCY_BOUNDARIES.at(-1)} s; the bar stands at ${objective} s. Shares are exact,`,
    'p50 and p95 interpolated. Call: what one costs. Conversations count for the agent they began with.',
  ];
}

function objectiveOf(text: string): number {
  const objective = Number(text.replace(/s$/, ''));
  if (LATENCY_BOUNDARIES.includes(objective)) return objective;
  throw new ConfigError(
    `--objective ${text}: expected one of ${LATENCY_BOUNDARIES.join(', ')} (seconds), which shares are exact for.`,
  );
}
