import { performance } from 'node:perf_hooks';

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/** Runs a long step and tells on stderr that it does: with a spinner on a terminal, one plain line in a pipe. */
export async function step<T>(label: string, work: () => Promise<T>): Promise<T> {
  const out = process.stderr;
  const began = performance.now();
  const seconds = () => `${Math.round((performance.now() - began) / 1000)} s`;
  let frame = 0;
  const draw = () => out.write(`\r\x1b[2K${FRAMES[frame++ % FRAMES.length]} ${label} (${seconds()})`);
  const spinner = out.isTTY ? setInterval(draw, 100) : undefined;
  if (spinner === undefined) out.write(`${label}\n`);
  try {
    const result = await work();
    if (spinner !== undefined) out.write(`\r\x1b[2K✓ ${label} (${seconds()})\n`);
    return result;
  } catch (error) {
    if (spinner !== undefined) out.write(`\r\x1b[2K✗ ${label} (${seconds()})\n`);
    throw error;
  } finally {
    clearInterval(spinner);
  }
}
