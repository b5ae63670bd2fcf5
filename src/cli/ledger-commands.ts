import type { Command } from 'commander';

/** `callspan ledger …` */
export function addLedgerCommands(program: Command): void {
  const ledger = program.command('ledger').description('look after the ledger');

  ledger
    .command('backup')
    .description('copy the ledger into a new file, beside a running bridge or without one')
    .argument('<file>')
    .action(async (file: string) => {
      const { backUpTo } = await import('./ledger-backup.ts');
      process.exitCode = await backUpTo(file);
    });

  ledger
    .command('move')
    .description('move the ledger to a PostgreSQL server, or back into a file; stop the bridge first')
    .requiredOption('--to <place>', 'postgres://… or the path of a new file; a password rather in PGPASSWORD')
    .action(async ({ to }: { to: string }) => {
      const { moveTo } = await import('./ledger-move.ts');
      process.exitCode = await moveTo(to);
    });
}
