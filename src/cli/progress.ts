import type { Progress } from '../ledger/sqlite/commands.ts';
import { printable } from '../show/printable.ts';

const WIDTH = 30;

/** One line on a terminal that is written over and over; nothing in a pipe. */
export class ProgressLine {
  readonly #stream: NodeJS.WriteStream;
  readonly #what: string;
  #shown = false;

  constructor(what: string, stream: NodeJS.WriteStream = process.stderr) {
    this.#what = what;
    this.#stream = stream;
  }

  /** @param progress with `found`, and of those `delivered`, `pending`, `empty`, `dead` and `postponed`. */
  show(progress: Progress): void {
    if (!this.#stream.isTTY) return;
    const figure = (name: string) => Number(progress[name] ?? 0);
    const found = figure('found');
    const done = ['delivered', 'pending', 'empty', 'dead', 'postponed'].reduce(
      (sum, name) => sum + figure(name),
      0,
    );
    const filled = found === 0 ? 0 : Math.round((done / found) * WIDTH);
    const bar = `${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)}`;
    const line = printable(`${this.#what} ${bar} ${done}/${found} (${figure('listed')} listed)`);
    this.#stream.write(`\r\x1b[2K${line.slice(0, (this.#stream.columns ?? 80) - 1)}`);
    this.#shown = true;
  }

  /** Leaves the terminal as it was. */
  end(): void {
    if (this.#shown) this.#stream.write('\r\x1b[2K');
    this.#shown = false;
  }
}
