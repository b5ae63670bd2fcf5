/** One small lie in the source, which the tests of the rule that it breaks must find. */
export interface Mutant {
  /** The rule of the trace model, in a few words. */
  readonly rule: string;
  /** Under `src/`. */
  readonly file: string;
  /** Occurs exactly once in the file: a mutant that no longer applies is not killed, it is missing. */
  readonly find: string;
  readonly replace: string;
  /** The test files, under `test/`, of which one has to fail. */
  readonly killedBy: readonly string[];
}

/** Mutants of one file that are killed by the same tests. */
export function mutantsOf(
  file: string,
  killedBy: readonly string[],
  changes: readonly (readonly [rule: string, find: string, replace: string])[],
): Mutant[] {
  return changes.map(([rule, find, replace]) => ({ rule, file, find, replace, killedBy }));
}
