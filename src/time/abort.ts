type Listener = () => void;

/** Who wants to know, by signal: one real listener serves them all. */
const watched = new WeakMap<AbortSignal, Listeners>();

/**
 * Calls `listener` when the signal is aborted, unless that has happened already.
 *
 * The signal of a whole program has many listeners at a time, and Node takes more than ten for a leak and says so
 * on stderr; to raise its limit on a signal that is the caller's would hide leaks of the caller.
 *
 * @returns a function that takes the listener back.
 */
export function onAbort(signal: AbortSignal | undefined, listener: Listener): () => void {
  if (!signal) return () => undefined;
  let listeners = watched.get(signal);
  if (!listeners) {
    listeners = new Listeners();
    watched.set(signal, listeners);
    signal.addEventListener('abort', listeners.tell, { once: true });
  }
  return listeners.add(listener);
}

/**
 * Places that are used again and again. A Set would do the same, but the tables that it outgrows and abandons keep
 * alive, until the next full collection, whatever the listeners of that moment could reach: whole requests with their
 * bodies, and with those in the old generation full collections come every two hundred requests.
 */
class Listeners {
  readonly #places: (Listener | undefined)[] = [];
  readonly #free: number[] = [];

  readonly tell = (): void => {
    for (const listener of this.#places) listener?.();
  };

  add(listener: Listener): () => void {
    const place = this.#free.pop() ?? this.#places.length;
    this.#places[place] = listener;
    let taken = true;
    return () => {
      if (!taken) return;
      taken = false;
      this.#places[place] = undefined;
      this.#free.push(place);
    };
  }
}
