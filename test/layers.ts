/**
 * The folders of `src/`, and the files that stand in it, from the top of the road to its foot. Each may import what
 * stands in a lower row, or itself; those of one row do not know each other. See docs/architecture.md.
 */
export const ROWS: readonly (readonly string[])[] = [
  ['index'],
  ['cli'],
  ['bridge', 'doctor'],
  ['intake', 'telemetry', 'verify'],
  ['report', 'ledger'],
  ['config', 'capture'],
  ['vendors'],
  ['metrics'],
  ['delivery', 'show'],
  ['trace', 'blame'],
  ['http'],
  ['time'],
  ['conversation', 'json', 'crash-point'],
];

/** Commands that simulate vendors. */
const SIMULATING: readonly string[] = ['src/cli/demo.ts', 'src/cli/sandbox.ts'];

/** What `file`, a path such as `src/cli/run.ts`, belongs to: a folder of `src/`, or itself. */
function layerOf(file: string): string {
  return file.split('/')[1]?.replace(/\.ts$/, '') ?? '';
}

/** Whether `from`, a file of `src/`, may import `to`. @throws Error for a folder that has no row yet. */
export function mayImport(from: string, to: string): boolean {
  // The simulated vendors are for these alone; nothing else outside src/ belongs to the program.
  if (!to.startsWith('src/')) return SIMULATING.includes(from) && to.startsWith('sandbox/');
  const [here, there] = [layerOf(from), layerOf(to)];
  return here === there || rowOf(there) > rowOf(here);
}

function rowOf(layer: string): number {
  const row = ROWS.findIndex((layers) => layers.includes(layer));
  if (row < 0) throw new Error(`src/${layer} has no row in test/layers.ts; give it one`);
  return row;
}
