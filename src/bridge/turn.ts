let last: Promise<void> = Promise.resolve();

/**
 * Waits until this process has looked once more at what has come in, and nobody else has begun since. What is taken apart
 * keeps the process for milliseconds; where several bodies have come at once, whoever calls meanwhile, a vendor with a
 * webhook or a probe, would wait for all of them at each of the steps that an answer takes.
 */
export function ownTurn(): Promise<void> {
  last = last.then(() => new Promise((resolve) => setImmediate(resolve)));
  return last;
}
