export interface BackOff {
  /** After the first failure, in milliseconds. */
  readonly first: number;
  readonly longest: number;
  /** How many times longer each pause is than the one before. @default 2 */
  readonly factor?: number;
}

/** The pause after the n-th failure in a row, from 1, in milliseconds: longer from failure to failure. */
export function backOff(failures: number, { first, longest, factor = 2 }: BackOff): number {
  return Math.min(longest, first * factor ** (failures - 1));
}
