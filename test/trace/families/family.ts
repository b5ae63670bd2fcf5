import type { Provider } from '../../../sandbox/index.ts';

export type Json = Record<string, unknown>;

/** A kind of payload that can be made as large as one likes, in the one way in which that kind grows. */
export interface Family {
  readonly name: string;
  readonly provider: Provider;
  /** Large enough that what grows with the square shows, and small enough that what does not is done at once. */
  readonly size: number;
  readonly make: (size: number) => Json;
}

/** Those of one vendor. */
export type Families = readonly Omit<Family, 'provider'>[];

export function times<Item>(size: number, make: (index: number) => Item): Item[] {
  return Array.from({ length: size }, (_, index) => make(index));
}

/** Who is speaking, by turns. */
export function speaker(index: number): 'user' | 'agent' {
  return index % 2 === 0 ? 'user' : 'agent';
}
