import type {
  BackfillCommand,
  BackfillFigures,
  BackfillResult,
  Command,
  CommandResult,
  CommandRow,
  ResultOf,
} from '../ledger/command.ts';
import type { Ledger } from '../ledger/contract.ts';
import { LedgerError } from '../ledger/errors.ts';
import type { Log } from '../telemetry/log.ts';
import { type Clock, rest } from '../time/clock.ts';
import type { Signals } from './pipeline.ts';
import type { SourceRunner } from './source-runner.ts';

/** How often the ledger is asked for new commands, in milliseconds. */
const LOOK = 500;

export interface CommandsOptions {
  readonly runners: readonly SourceRunner[];
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly log: Log;
  /** Only commands for this one, by its number: the ledger is shared. */
  readonly source?: number;
  /** Nobody else works off what the commands make due. */
  readonly alone: boolean;
}

/** Called now and then with what has come of a command so far. */
export type Tell<Result> = (result: Result) => void;

/** Carries out what commands ask for, beside the bridge's own work. */
export class Commands {
  readonly #options: CommandsOptions;
  readonly #running = new Set<number>();

  constructor(options: CommandsOptions) {
    this.#options = options;
  }

  /**
   * Looks for commands until `signals.stop`; those in the middle of which that comes are taken up at the next start.
   * @throws LedgerError
   */
  async run(signals: Signals): Promise<void> {
    const { clock, ledger, source } = this.#options;
    const executions = new Set<Promise<void>>();
    const failures: unknown[] = [];
    while (!signals.stop.aborted && failures.length === 0) {
      for (const row of await ledger.commands.open(source)) {
        if (this.#running.has(row.id)) continue;
        this.#running.add(row.id);
        const execution = this.#carryOut(row, signals)
          .catch((error: unknown) => void failures.push(error))
          .finally(() => executions.delete(execution));
        executions.add(execution);
      }
      await rest(clock, LOOK, signals.stop);
    }
    if (failures.length === 0) await Promise.all(executions);
    if (failures.length > 0) throw failures[0];
  }

  async #carryOut({ id, command }: CommandRow, signals: Signals): Promise<void> {
    const { ledger, clock, log } = this.#options;
    // In the order in which they were told, and all of them before the end.
    let told = Promise.resolve();
    const tell = (result: CommandResult) => {
      told = told.then(() => ledger.commands.running(id, result, clock.now()));
      // It is thrown below, where everything that was told is waited for.
      told.catch(() => undefined);
    };
    try {
      const result = await this.execute(command, signals, tell);
      await told;
      await ledger.commands.done(id, result, clock.now());
    } catch (error) {
      if (error instanceof LedgerError) throw error;
      await told;
      if (signals.stop.aborted) return;
      const message = error instanceof Error ? error.message : String(error);
      log.warn({ command: command.kind, reason: message }, 'a command failed');
      await ledger.commands.failed(id, message, clock.now());
    } finally {
      this.#running.delete(id);
    }
  }

  /** Carries out `command`, telling now and then how far it has come. @returns what came of it. */
  async execute<Asked extends Command>(
    command: Asked,
    signals: Signals,
    tell: Tell<CommandResult>,
  ): Promise<ResultOf<Asked['kind']>>;
  async execute(command: Command, signals: Signals, tell: Tell<CommandResult>): Promise<CommandResult> {
    switch (command.kind) {
      case 'retry': {
        const which = { dead: command.dead, parked: command.parked === true, only: command.id };
        const revived = await Promise.all(
          this.#runnersOf(command.source).map((runner) => runner.revive(which)),
        );
        return { revived: revived.reduce((sum, count) => sum + count, 0), failures: [] };
      }
      case 'export':
        return await this.#runnerOf(command.source).export(
          { id: command.id, forced: command.forced },
          signals,
        );
      case 'repair':
        return await this.#runnerOf(command.source).repair(command.items, signals, tell);
      default:
        return await this.#backfill(command, signals, tell);
    }
  }

  async #backfill(
    { source, since, until, forced }: BackfillCommand,
    signals: Signals,
    tell: Tell<BackfillResult>,
  ): Promise<BackfillResult> {
    const parts = new Map<SourceRunner, BackfillFigures>();
    const failures: string[] = [];
    const all = () => ({ ...total(parts.values()), failures: [...failures] });
    const backfill = async (runner: SourceRunner): Promise<void> => {
      const told = (figures: BackfillFigures) => {
        parts.set(runner, figures);
        tell(all());
      };
      try {
        const stretch = { since, until, forced };
        if (this.#options.alone) await runner.backfillAlone(stretch, signals, told);
        else await runner.backfill(stretch, signals, told);
      } catch (error) {
        if (error instanceof LedgerError || signals.stop.aborted || !(error instanceof Error)) throw error;
        failures.push(`${runner.name}: ${error.message}`);
      }
    };
    await Promise.all(this.#runnersOf(source).map(backfill));
    return all();
  }

  #runnerOf(source: string): SourceRunner {
    const [runner] = this.#runnersOf(source);
    if (runner === undefined) throw new Error('The bridge has no source.');
    return runner;
  }

  #runnersOf(source: string | undefined): readonly SourceRunner[] {
    const { runners } = this.#options;
    if (source === undefined) return runners;
    const named = runners.filter((runner) => runner.name === source);
    if (named.length > 0) return named;
    const known = runners.map((runner) => runner.name).join(', ');
    throw new Error(`The bridge has no source ${source}; it has ${known}.`);
  }
}

/** The figures of several sources, added up. */
function total(parts: Iterable<BackfillFigures>): BackfillFigures {
  const sums = { listed: 0, found: 0, delivered: 0, pending: 0, empty: 0, dead: 0, parked: 0, postponed: 0 };
  for (const part of parts) {
    for (const figure of Object.keys(sums) as (keyof BackfillFigures)[]) sums[figure] += part[figure] ?? 0;
  }
  return sums;
}
