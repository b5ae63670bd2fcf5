import { expect, vi } from 'vitest';
import { openLedger } from '../../src/ledger/open.ts';
import { type Running, start } from '../cli/program.ts';

/** A line of callspan's log. */
export interface Told {
  readonly level: number;
  readonly msg: string;
  readonly source?: string;
  readonly conversation?: string;
  readonly traceId?: string;
  readonly reason?: string;
  readonly collector?: string;
  readonly rejectedSpans?: number;
}

/** What a ledger holds, over all its sources. */
export interface Recorded {
  readonly delivered: number;
  readonly due: number;
  readonly dead: number;
  /** Conversations in the numbers. */
  readonly counted: number;
}

const PATIENCE = { timeout: 600_000, interval: 100 };

/** `callspan run`, the built program, at work. */
export class WorkingBridge {
  readonly #environment: Record<string, string>;
  readonly #running: Running;

  /** @param settings lead to vendors, a collector and a ledger; what is said about time here is short. */
  constructor(settings: Record<string, string>) {
    this.#environment = {
      CALLSPAN_POLL_INTERVAL: '500ms',
      CALLSPAN_TAVUS_SETTLE: '0s',
      // The numbers' own exports are no part of what is looked at.
      OTEL_METRICS_EXPORTER: 'none',
      ...settings,
    };
    this.#running = start(['run'], this.#environment);
  }

  /** Every line so far with this message. What the ledger has may not have been told yet. */
  told(message: string): Told[] {
    return this.#running
      .stderr()
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line): Told => JSON.parse(line))
      .filter(({ msg }) => msg.startsWith(message));
  }

  /** Waits for so many lines with a message. */
  async tells(message: string, count = 1, patience = PATIENCE): Promise<Told[]> {
    return await vi.waitFor(() => {
      if (this.#running.process.exitCode !== null) throw new Error(this.#running.stderr());
      const lines = this.told(message);
      expect(lines.length, `"${message}" ${count} times`).toBeGreaterThanOrEqual(count);
      return lines;
    }, patience);
  }

  /** Waits until the ledger has what is expected. */
  async records(expected: Partial<Recorded>, patience = PATIENCE): Promise<void> {
    await vi.waitFor(async () => {
      if (this.#running.process.exitCode !== null) throw new Error(this.#running.stderr());
      expect(await recorded(this.#environment)).toMatchObject(expected);
    }, patience);
  }

  /** Stops it in order, if that has not been done. */
  async stop(): Promise<void> {
    this.#running.process.kill('SIGTERM');
    expect((await this.#running.ended).code).toBe(0);
  }
}

/** What the ledger of these settings holds now. */
export async function recorded({ CALLSPAN_STATE: file = '' }: Record<string, string>): Promise<Recorded> {
  const ledger = await openLedger(file, { readOnly: true });
  try {
    const sources = await ledger.sources.all();
    const tallies = await Promise.all(sources.map(({ id }) => ledger.sources.tallies(id)));
    const sum = (state: 'delivered' | 'due' | 'dead') =>
      tallies.reduce((total, tally) => total + tally[state], 0);
    const counted = (await ledger.series())
      .filter(({ metric }) => metric === 'callspan.conversations')
      .reduce((total, { sum }) => total + Number(sum / 1_000_000_000n), 0);
    return { delivered: sum('delivered'), due: sum('due'), dead: sum('dead'), counted };
  } finally {
    await ledger.close();
  }
}
