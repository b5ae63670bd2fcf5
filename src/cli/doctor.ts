import { Environment } from '../config/environment.ts';
import { examine } from '../doctor/examine.ts';
import type { Finding } from '../doctor/finding.ts';
import { printableJson } from '../show/printable.ts';
import { EXIT, stopSignal } from './exit.ts';
import { print } from './output.ts';
import { openStore, storeHeaders, storeKind } from './trace-store.ts';

export interface DoctorOptions {
  /** Base URL of a trace store's query API. */
  readonly store?: string;
  readonly against: string;
  readonly prometheus?: string;
  readonly json: boolean;
}

/** `callspan doctor`: what is wrong in a set-up, what it costs, and the line that mends it. */
export async function doctor({ store: url, against, prometheus, json }: DoctorOptions): Promise<number> {
  const signal = stopSignal();
  const headers = () => storeHeaders(new Environment(process.env));
  const store = url === undefined ? undefined : openStore(storeKind(against), url, headers());
  try {
    const findings = await examine(process.env, {
      signal,
      ...(store === undefined ? {} : { store }),
      ...(prometheus === undefined ? {} : { prometheus }),
    });
    if (json) {
      const report = { ok: codeOf(findings) === EXIT.ok, findings };
      process.stdout.write(`${printableJson(JSON.stringify(report, null, 2))}\n`);
    } else print(...findings.flatMap(readable), '', summary(findings));
    return codeOf(findings);
  } finally {
    await store?.close();
  }
}

const SIGNS: Readonly<Record<Finding['level'], string>> = {
  good: 'ok     ',
  note: 'note   ',
  problem: 'PROBLEM',
};

function readable({ check, level, subject, said, costs, mend }: Finding): string[] {
  const about = subject === check ? check : `${check} ${subject}`;
  return [
    `${SIGNS[level]} ${about}: ${said}`,
    ...(costs === undefined ? [] : [`        costs: ${costs}`]),
    ...(mend === undefined ? [] : [`        mend:  ${mend}`]),
  ];
}

function summary(findings: readonly Finding[]): string {
  const count = (level: Finding['level']) => findings.filter((finding) => finding.level === level).length;
  const problems = count('problem');
  return problems === 0
    ? `Nothing is wrong (${count('good')} looked at, ${count('note')} notes).`
    : `${problems} ${problems === 1 ? 'problem' : 'problems'}, ${count('note')} notes.`;
}

/** As the commands that would meet with it end: 2 for settings and keys, 3 for the ledger. */
function codeOf(findings: readonly Finding[]): number {
  const checks = findings.filter(({ level }) => level === 'problem').map(({ check }) => check);
  if (checks.length === 0) return EXIT.ok;
  if (checks.some((check) => ['settings', 'variables', 'listener'].includes(check))) return EXIT.settings;
  return checks.some((check) => check === 'ledger' || check === 'disk') ? EXIT.ledger : EXIT.failed;
}
