import { LedgerError } from '../ledger/errors.ts';
import type { Command, CommandRow, Progress } from '../ledger/sqlite/commands.ts';
import type { Ledger } from '../ledger/sqlite/sqlite-ledger.ts';
import type { Log } from '../telemetry/log.ts';
import { type Clock, rest } from '../time/clock.ts';
import type { Signals } from './pipeline.ts';
import type { SourceRunner } from './source-runner.ts';

/** How often the ledger is asked for new commands, in milliseconds. */
const LOOK = 500;

export interface OrdersOptions {
  readonly runners: readonly SourceRunner[];
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly log: Log;
  /** Nobody else works off what the commands make due. */
  readonly alone: boolean;
}

/** Carries out what commands ask for, beside the bridge's own work. */
export class Commands {
  readonly #options: OrdersOptions;
  readonly #running = new Set<number>();

  constructor(options: OrdersOptions) {
    this.#options = options;
  }

  /**
   * Looks for commands until `signals.stop`; those in the middle of which that comes are taken up at the next start.
   * @throws LedgerError
   */
  async run(signals: Signals): Promise<void> {
    const { clock, ledger } = this.#options;
    const executions = new Set<Promise<void>>();
    const failures: unknown[] = [];
    while (!signals.stop.aborted && failures.length === 0) {
      for (const request of ledger.commands.open()) {
        if (this.#running.has(request.id)) continue;
        this.#running.add(request.id);
        const execution = this.#carryOut(request, signals)
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
    const tell = (progress: Progress) => ledger.commands.update(id, 'running', progress, clock.now());
    try {
      const result = await this.execute(command, signals, tell);
      ledger.commands.update(id, 'done', result, clock.now());
    } catch (error) {
      if (error instanceof LedgerError) throw error;
      if (signals.stop.aborted) return;
      const message = error instanceof Error ? error.message : String(error);
      log.warn({ command: command.kind, reason: message }, 'a command failed');
      ledger.commands.update(id, 'failed', { error: message }, clock.now());
    } finally {
      this.#running.delete(id);
    }
  }

  /**
   * Carries out `command`, telling now and then how far it has come.
   * @returns what came of it; where some sources failed, why in `failures`, a line each.
   */
  async execute(command: Command, signals: Signals, tell: (progress: Progress) => void): Promise<Progress> {
    const runners = this.#runnersOf(command);
    switch (command.kind) {
      case 'retry': {
        const revived = runners.map((runner) => runner.revive({ dead: command.dead, only: command.id }));
        return { revived: revived.reduce((sum, count) => sum + count, 0) };
      }
      case 'export':
        return { ...(await runners[0]?.export({ id: command.id, forced: command.forced }, signals)) };
      case 'repair':
        return { ...(await runners[0]?.repair(command.items, signals, tell)) };
      default:
        return await this.#backfill(command, runners, signals, tell);
    }
  }

  async #backfill(
    { since, until, forced }: Extract<Command, { kind: 'backfill' }>,
    runners: readonly SourceRunner[],
    signals: Signals,
    tell: (progress: Progress) => void,
  ): Promise<Progress> {
    const parts = new Map<SourceRunner, Progress>();
    const failures: string[] = [];
    const all = () => ({
      ...total(parts.values()),
      ...(failures.length === 0 ? {} : { failures: failures.join('\n') }),
    });
    const backfill = async (runner: SourceRunner): Promise<void> => {
      const told = (progress: Progress) => {
        parts.set(runner, progress);
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
    await Promise.all(runners.map(backfill));
    return all();
  }

  #runnersOf(command: Command): readonly SourceRunner[] {
    const { runners } = this.#options;
    if (command.source === undefined) return runners;
    const named = runners.filter((runner) => runner.name === command.source);
    if (named.length > 0) return named;
    const known = runners.map((runner) => runner.name).join(', ');
    throw new Error(`The bridge has no source ${command.source}; it has ${known}.`);
  }
}

/** The figures of several sources, added up. */
function total(parts: Iterable<Progress>): Progress {
  const sums: Record<string, number> = {};
  for (const part of parts) {
    for (const [figure, value] of Object.entries(part)) sums[figure] = (sums[figure] ?? 0) + Number(value);
  }
  return sums;
}
