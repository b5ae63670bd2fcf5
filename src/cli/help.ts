import type { Command } from 'commander';
import { profiles } from '../vendors/registry.ts';

const vendors = profiles();

/** Examples at the end of each command's help: what is wanted most often, as it is typed. */
const EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  run: ['callspan run', 'callspan run --once'],
  doctor: [
    'callspan doctor',
    'callspan doctor --store http://localhost:16686 --prometheus http://localhost:9090',
  ],
  config: ['callspan config validate callspan.yaml', 'callspan config print > callspan.yaml'],
  ledger: [
    'callspan ledger backup callspan-backup.db',
    'callspan ledger move --to postgres://callspan@db.example.com/callspan',
  ],
  status: ['callspan status', 'callspan status --json'],
  dead: ['callspan dead', 'callspan dead --source clinic --json', 'callspan dead --parked'],
  forget: ['callspan forget old-account', 'callspan forget old-account --yes'],
  list: ['callspan list --since 7d --slow --sort wait', 'callspan list --since 24h --outcome failed --csv'],
  report: ['callspan report --since 7d', 'callspan report --since 28d --by week --agent "Front desk"'],
  explain: ['callspan explain conv_123', 'callspan explain --file payload.json --objective 1s'],
  backfill: ['callspan backfill --since 30d', 'callspan backfill --since 2026-05-01 --until 2026-06-01'],
  export: vendors.map(({ name }) => `callspan export ${name} conv_123`),
  'trace-id': vendors.map(({ name }) => `callspan trace-id ${name} conv_123`),
  retry: [
    'callspan retry',
    'callspan retry --dead',
    'callspan retry --parked',
    'callspan retry --dead --id conv_123',
  ],
  verify: [
    'callspan verify http://localhost:16686 --against jaeger',
    'callspan verify http://localhost:3200 --against tempo --since 7d --repair',
  ],
  show: [
    ...vendors.map(({ name }) => `callspan show ${name} conv_123`),
    'callspan show --file payload.json --html call.html',
  ],
  capture: vendors.map(({ name }) => `callspan capture ${name} conv_123 capture.json`),
  demo: ['callspan demo', 'callspan demo --collector http://localhost:4318'],
  sandbox: ['callspan sandbox', 'callspan sandbox --collector-port 0 --store-port 0 --every 5s'],
  webhook: [
    ...vendors
      .filter(({ webhook }) => webhook !== undefined)
      .map(({ name }) => `callspan webhook test ${name}`),
    'callspan webhook test clinic --url https://hooks.example.com',
  ],
  completion: ['callspan completion bash > /etc/bash_completion.d/callspan'],
};

/** Ends the help of each command with its examples. */
export function addExamples(commands: readonly Command[]): void {
  for (const command of commands) {
    const examples = EXAMPLES[command.name()] ?? [];
    if (examples.length === 0) continue;
    command.addHelpText('after', `\nExamples:\n${examples.map((line) => `  ${line}\n`).join('')}`);
  }
}
