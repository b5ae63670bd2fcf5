#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { version } from '../http/user-agent.ts';
import { printable } from '../show/printable.ts';
import { profiles } from '../vendors/registry.ts';
import type { BackfillOptions } from './backfill.ts';
import type { DeadOptions } from './dead.ts';
import type { DemoOptions } from './demo.ts';
import type { DoctorOptions } from './doctor.ts';
import { EXIT, report as reportError } from './exit.ts';
import type { ExplainOptions } from './explain.ts';
import type { ExportOptions } from './export.ts';
import type { ForgetOptions } from './forget.ts';
import { addExamples } from './help.ts';
import { addLedgerCommands } from './ledger-commands.ts';
import type { ListOptions } from './list.ts';
import { surviveOutputErrors } from './output.ts';
import type { ReportOptions } from './report.ts';
import type { RetryOptions } from './retry.ts';
import type { SandboxOptions } from './sandbox.ts';
import type { ShowOptions } from './show.ts';
import type { StatusOptions } from './status.ts';
import type { VerifyOptions } from './verify.ts';
import type { WebhookTestOptions } from './webhook.ts';

// Each command loads what it needs when it is called: `--help` must not wait for an SDK.

surviveOutputErrors();

const vendors = profiles();
const HOSTED = vendors.map(({ title, agents }) => `${title} ${agents}`).join(', ');
const KEYS = vendors
  .map(({ keyVariable, title }) => `  ${keyVariable.padEnd(34)}  switches ${title} on`)
  .join('\n');
const PROVIDERS = vendors.map(({ name }) => name).join(' or ');

const program = new Command('callspan')
  .description(`Turns AI voice and video conversations (${HOSTED}) into OpenTelemetry traces.`)
  .version(version)
  .exitOverride()
  .configureOutput({
    outputError: (text, write) => write(text.split('\n').map(printable).join('\n')),
  })
  .showHelpAfterError('(callspan --help lists what there is)')
  .addHelpText(
    'after',
    `
Settings come from the environment:
${KEYS}
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
  .command('status')
  .description('tell how far each source is, and what is pending, delivered, empty or dead')
  .option('--json', 'as JSON', false)
  .option('--watch', 'again every two seconds, until Ctrl-C', false)
  .action(async (options: StatusOptions) => {
    const { status } = await import('./status.ts');
    process.exitCode = await status(options);
  });

program
  .command('dead')
  .description('tell which conversations cannot be delivered as they are, why, and since when')
  .option('--parked', 'instead, which are too old for their destination', false)
  .option('--source <name>', 'only of this source')
  .option('--limit <count>', 'so many at most', '50')
  .option('--json', 'as JSON', false)
  .action(async (options: DeadOptions) => {
    const { dead } = await import('./dead.ts');
    process.exitCode = await dead(options);
  });

program
  .command('forget')
  .description('take a source that is no longer configured out of the ledger, with all that is known of it')
  .argument('<source>')
  .option('--yes', 'do it: without this it is only told what would be forgotten', false)
  .action(async (source: string, options: ForgetOptions) => {
    const { forget } = await import('./forget.ts');
    process.exitCode = await forget(source, options);
  });

choosing(program.command('list'))
  .description('list conversations that were delivered, with their waits, tools, cost and outcome')
  .option('--slow', 'only those with a wait over 2 s', false)
  .option('--over <duration>', 'only those with a longer wait than this, such as 3s')
  .option('--sort <by>', 'start, wait, median, length, cost or unanswered: the largest first', 'start')
  .option('--limit <count>', 'so many at most', '50')
  .option('--json', 'as JSON', false)
  .option('--csv', 'as CSV', false)
  .action(async (options: ListOptions) => {
    const { list } = await import('./list.ts');
    process.exitCode = await list(options);
  });

choosing(program.command('report'))
  .description(
    'compare agents, versions or weeks: how long callers waited, what was unanswered, what it cost',
  )
  .option('--by <what>', 'agent, version, week or source', 'agent')
  .option('--objective <seconds>', 'a longer wait is a slow one; a boundary of the metric', '2')
  .option('--json', 'as JSON', false)
  .action(async (options: ReportOptions) => {
    const { report } = await import('./report.ts');
    process.exitCode = await report(options);
  });

program
  .command('explain')
  .description('tell why the slow waits of one conversation were slow, and what changes that')
  .argument('[conversation-id]')
  .option('--source <name>', 'whose it is, where the ledger does not know it')
  .option('--file <payload>', 'from a file with the vendor’s answer instead of the vendor')
  .option('--objective <duration>', 'a longer wait is a slow one', '2s')
  .option('--json', 'as JSON', false)
  .action(async (id: string | undefined, options: ExplainOptions) => {
    const { explain } = await import('./explain.ts');
    process.exitCode = await explain(id, options);
  });

program
  .command('backfill')
  .description('deliver conversations of the past; a running bridge does it, else this command')
  .requiredOption('--since <when>', 'an ISO 8601 time, or a duration back from now such as 7d')
  .option('--until <when>', 'the same; now where it is left out')
  .option('--source <name>', 'only this source')
  .option('--force', 'also what was delivered before', false)
  .action(async (options: BackfillOptions) => {
    const { backfill } = await import('./backfill.ts');
    process.exitCode = await backfill(options);
  });

program
  .command('export')
  .description('deliver one conversation now and print its trace id')
  .argument('<provider>', PROVIDERS)
  .argument('<conversation-id>')
  .option('--source <name>', 'which source, where several are of one provider')
  .option('--force', 'also if it was delivered before', false)
  .action(async (provider: string, id: string, options: ExportOptions) => {
    const { exportOne } = await import('./export.ts');
    process.exitCode = await exportOne(provider, id, options);
  });

program
  .command('trace-id')
  .description('print the trace id of a conversation: computed, from the ledger, or asked of the vendor')
  .argument('<provider>', PROVIDERS)
  .argument('<conversation-id>')
  .option('--source <name>', 'which source, where several are of one provider')
  .action(async (provider: string, id: string, options: { source?: string }) => {
    const { traceId } = await import('./trace-id.ts');
    process.exitCode = await traceId(provider, id, options);
  });

program
  .command('retry')
  .description('try now what waits for another attempt')
  .option('--dead', 'the dead letters too', false)
  .option('--parked', 'and what was too old for its destination', false)
  .option('--source <name>', 'only this source')
  .option('--id <conversation-id>', 'only this conversation')
  .action(async (options: RetryOptions) => {
    const { retry } = await import('./retry.ts');
    process.exitCode = await retry(options);
  });

program
  .command('verify')
  .description('read back what was delivered, tell what is missing, and send just that again')
  .argument('<url>', 'the query API of the trace store, such as http://localhost:16686')
  .requiredOption('--against <store>', 'jaeger or tempo')
  .option(
    '--since <when>',
    'what was delivered since then: an ISO 8601 time, or a duration back from now',
    '24h',
  )
  .option('--source <name>', 'only this source')
  .option('--sample <count>', 'only so many, by chance')
  .option(
    '--header <header>',
    'for the store, as "Name: value", as often as needed; secrets rather in CALLSPAN_STORE_HEADERS, name=value pairs',
    (header: string, before: readonly string[]) => [...before, header],
    [],
  )
  .option('--repair', 'send what is missing again', false)
  .action(async (url: string, options: VerifyOptions) => {
    const { verify } = await import('./verify.ts');
    process.exitCode = await verify(url, options);
  });

addLedgerCommands(program);

const config = program.command('config').description('look at the settings without running anything');

config
  .command('validate')
  .description('tell whether the settings can be used, and if not, the first that cannot')
  .argument('[file]', 'a settings file, instead of the one that CALLSPAN_CONFIG names')
  .action(async (file: string | undefined) => {
    const { validate } = await import('./config.ts');
    process.exitCode = await validate(file);
  });

config
  .command('print')
  .description('print the settings as they come together, as a settings file without any secret')
  .argument('[file]', 'a settings file, instead of the one that CALLSPAN_CONFIG names')
  .action(async (file: string | undefined) => {
    const { printSettings } = await import('./config.ts');
    process.exitCode = await printSettings(file);
  });

config
  .command('schema')
  .description('print the JSON Schema of the settings file, for editors')
  .action(async () => {
    const { printSchema } = await import('./config.ts');
    process.exitCode = printSchema();
  });

program
  .command('doctor')
  .description('look at a set-up, tell what is wrong in it, what that costs, and the line that mends it')
  .option('--store <url>', 'the query API of a trace store: what is sent is read back there')
  .option('--against <store>', 'what that store is: jaeger or tempo', 'jaeger')
  .option('--prometheus <url>', 'the Prometheus that the numbers go to, whose flags are looked at')
  .option('--json', 'as JSON', false)
  .action(async (options: DoctorOptions) => {
    const { doctor } = await import('./doctor.ts');
    process.exitCode = await doctor(options);
  });

program
  .command('show')
  .description('show one conversation as the collector would get it, without any collector')
  .argument('[provider]', PROVIDERS)
  .argument('[conversation-id]')
  .option('--file <payload>', 'from a file with the vendor’s answer (or a capture) instead of the vendor')
  .option('--json', 'print the OTLP instead of a waterfall', false)
  .option('--html <file>', 'write a page that can be opened and sent without any server')
  .option('--source <name>', 'which source, where several are of one provider')
  .action(async (provider: string | undefined, id: string | undefined, options: ShowOptions) => {
    const { show } = await import('./show.ts');
    process.exitCode = await show(provider, id, options);
  });

program
  .command('capture')
  .description('write a payload with its shape and timing and none of its words, for a bug report')
  .argument('<provider>', PROVIDERS)
  .argument('<conversation-id>')
  .argument('<file>')
  .option('--source <name>', 'which source, where several are of one provider')
  .action(async (provider: string, id: string, file: string, options: { source?: string }) => {
    const { captureOne } = await import('./capture.ts');
    process.exitCode = await captureOne(provider, id, file, options);
  });

program
  .command('sandbox')
  .description('keep simulated vendors, a collector and a trace store up, to try everything on')
  .option('--collector-port <port>', 'the port of the collector; 0 is any that is free', '4318')
  .option('--store-port <port>', 'the port of the trace store; 0 is any that is free', '16686')
  .option('--every <duration>', 'how often another conversation takes place; 0s is never', '30s')
  .action(async (options: SandboxOptions) => {
    const { sandbox } = await import('./sandbox.ts');
    process.exitCode = await sandbox(options);
  });

program
  .command('demo')
  .description('show what callspan does, with simulated vendors: no account, no collector needed')
  .option('--collector <url>', 'send the simulated conversations there instead of drawing them')
  .action(async (options: DemoOptions) => {
    const { demo } = await import('./demo.ts');
    process.exitCode = await demo(options);
  });

const webhook = program.command('webhook').description('look at how the vendors call');

webhook
  .command('test')
  .description('send one signed example to the bridge that is running, as the vendor would')
  .argument('<source>', 'the name of a source')
  .option('--url <url>', 'where the bridge is reached, where that is not CALLSPAN_WEBHOOKS: the proxy, say')
  .action(async (source: string, options: WebhookTestOptions) => {
    const { webhookTest } = await import('./webhook.ts');
    process.exitCode = await webhookTest(source, options);
  });

program
  .command('completion')
  .description('print a script that makes a shell complete commands and options: bash, zsh or fish')
  .argument('<shell>')
  .action(async (shell: string) => {
    const { completion } = await import('./completion.ts');
    process.exitCode = completion(shell, program);
  });

addExamples(program.commands);

/** What conversations are chosen by, alike in every command that does. */
function choosing(command: Command): Command {
  return command
    .option('--since <when>', 'that began since then: an ISO 8601 time, or a duration back from now', '7d')
    .option('--until <when>', 'and before then')
    .option('--source <name>', 'only of this source')
    .option('--agent <id-or-name>', 'only of this agent')
    .option('--agent-version <version>', 'only of this version of it')
    .option('--outcome <outcome>', 'only of this outcome: completed, failed, no_user, time_limit or unknown');
}

try {
  await program.parseAsync();
} catch (error) {
  // Commander has told already what is wrong with the command line.
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.settings;
  else process.exitCode = reportError(error);
}
