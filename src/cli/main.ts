#!/usr/bin/env node
import { createRequire } from 'node:module';
import { Command, CommanderError } from 'commander';
import { EXIT, report } from './exit.ts';

// Each command loads what it needs when it is called: `--help` must not wait for an SDK.

const { version } = createRequire(import.meta.url)('callspan/package.json') as { version: string };

const program = new Command('callspan')
  .description(
    'Turns AI voice and video conversations (ElevenLabs agents, Tavus replicas) into OpenTelemetry traces.',
  )
  .version(version)
  .exitOverride()
  .showHelpAfterError('(callspan --help lists what there is)')
  .addHelpText(
    'after',
    `
Settings come from the environment:
  ELEVENLABS_API_KEY, TAVUS_API_KEY   each switches its vendor on
  OTEL_EXPORTER_OTLP_ENDPOINT         the collector (default http://localhost:4318)
  CALLSPAN_STATE                      the ledger's file (default ./callspan.db)
  CALLSPAN_CONTENT                    none (default) or full: whether what was said is exported
The README lists the rest.

Exit codes: 0 everything ready was delivered; 1 something was not; 2 a wrong setting or key; 3 the ledger.`,
  );

program
  .command('run')
  .description('deliver finished conversations as traces, and go on doing so')
  .option('--once', 'deliver what is ready now, then end', false)
  .action(async (options: { once: boolean }) => {
    const { run } = await import('./run.ts');
    process.exitCode = await run(options);
  });

program
  .command('demo')
  .description('show what callspan does, with simulated vendors: no account, no collector needed')
  .action(async () => {
    const { demo } = await import('./demo.ts');
    process.exitCode = await demo();
  });

try {
  await program.parseAsync();
} catch (error) {
  // Commander has told already what is wrong with the command line.
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.settings;
  else process.exitCode = report(error);
}
