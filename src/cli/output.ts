import { printable } from '../show/printable.ts';

/** Prints lines on standard output, each as one line whatever is in it. */
export function print(...lines: readonly string[]): void {
  process.stdout.write(asLines(lines));
}

/** Says something beside the result, on standard error: `callspan: …`, a line each. */
export function tell(...messages: readonly string[]): void {
  process.stderr.write(asLines(messages.map((message) => `callspan: ${message}`)));
}

function asLines(lines: readonly string[]): string {
  return lines.map((line) => `${printable(line)}\n`).join('');
}

/**
 * Keeps the program going when nobody reads what it prints: a reader that has gone (`| head`) is no failure of the
 * work that is under way, and a standard error that is full must not stop the bridge. A standard output that cannot be
 * written (a full disk) is told in one line, and the exit code is then at least 1. Without this Node ends the program
 * in the middle of its work, with a stack trace.
 */
export function surviveOutputErrors(): void {
  let isTold = false;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' || isTold) return;
    isTold = true;
    tell(
      `standard output cannot be written (${error.code ?? error.message}); what was printed is not complete.`,
    );
  });
  // There is nowhere left to say it.
  process.stderr.on('error', () => {});
  process.on('exit', () => {
    if (isTold && !process.exitCode) process.exitCode = 1;
  });
}
