/** A piece of callspan's own work, told as a span where that is asked for. */
export interface Work {
  /** A part of it that takes time of its own. */
  part(name: 'fetch' | 'deliver'): Work;
  /** @param result what came of it: `delivered`, `pending`, `rejected`, ..., never words from outside. */
  end(result: string, how?: { readonly failed: boolean }): void;
}

/** Work that nobody wants to hear of. */
export const UNTOLD: Work = { part: () => UNTOLD, end: () => undefined };
