/** Who wants to know, by signal: one real listener serves them all. */
const watched = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls `listener` when the signal is aborted, unless that has happened already.
 *
 * The signal of a whole program has many listeners at a time, and Node takes more than ten for a leak and says so
 * on stderr; to raise its limit on a signal that is the caller's would hide leaks of the caller.
 *
 * @returns a function that takes the listener back.
 */
export function onAbort(signal: AbortSignal | undefined, listener: () => void): () => void {
  if (!signal) return () => undefined;
  const listeners = watched.get(signal) ?? watch(signal);
  // Wrapped, because the same function may want to know twice.
  const entry = () => listener();
  listeners.add(entry);
  return () => {
    listeners.delete(entry);
  };
}

function watch(signal: AbortSignal): Set<() => void> {
  const listeners = new Set<() => void>();
  watched.set(signal, listeners);
  signal.addEventListener(
    'abort',
    () => {
      for (const listener of listeners) listener();
      listeners.clear();
    },
    { once: true },
  );
  return listeners;
}
