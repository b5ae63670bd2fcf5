/** Figures on standard output, and whether all of them are as they should be. */

let failed = 0;

export function print(what: string, figure: string | number): void {
  process.stdout.write(`${what.padEnd(48)} ${figure}\n`);
}

/** A figure that must not be larger than `most`. */
export function check(what: string, figure: number, most: number, unit: string): void {
  const isFine = figure <= most;
  if (!isFine) failed++;
  const shown = `${Number(figure.toFixed(2))} ${unit}`.trim();
  print(what, `${shown} (at most ${most}): ${isFine ? 'fine' : 'TOO MUCH'}`);
}

/** The exit code. */
export function verdict(): number {
  return failed === 0 ? 0 : 1;
}
