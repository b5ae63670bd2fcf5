import fc from 'fast-check';
import { oddValues } from './odd-values.ts';

/** One thing done to a payload. Numbers choose places, whatever the payload's size. */
export interface Mutation {
  readonly kind: 'replace' | 'remove' | 'repeat' | 'swap' | 'copy' | 'rename' | 'wrap';
  readonly at: number;
  readonly with: number;
  readonly value: unknown;
}

export const mutations: fc.Arbitrary<Mutation[]> = fc.array(
  fc.record({
    kind: fc.constantFrom(
      'replace',
      'replace',
      'replace',
      'remove',
      'repeat',
      'swap',
      'copy',
      'copy',
      'rename',
      'wrap',
    ),
    at: fc.nat(),
    with: fc.nat(),
    value: oddValues,
  }),
  { minLength: 1, maxLength: 8 },
);

interface Place {
  readonly holder: Record<string, unknown> | unknown[];
  readonly key: string | number;
}

/** A copy of `payload` with all that done to it. */
export function mutate(payload: unknown, steps: readonly Mutation[]): unknown {
  const copy: unknown = structuredClone(payload);
  const places = placesOf(copy);
  for (const step of steps) {
    const place = places[step.at % places.length];
    const other = places[step.with % places.length];
    if (place && other) apply(step, place, other);
  }
  // Whatever else it is, a payload was JSON.
  return JSON.parse(JSON.stringify(copy));
}

function apply({ kind, value, with: chosen }: Mutation, place: Place, other: Place): void {
  const { holder, key } = place;
  switch (kind) {
    case 'replace':
      write(place, structuredClone(value));
      break;
    case 'remove':
      if (Array.isArray(holder)) holder.splice(Number(key), 1);
      else delete holder[key];
      break;
    case 'repeat':
      if (Array.isArray(holder)) holder.push(structuredClone(holder[Number(key)]));
      break;
    case 'swap':
      if (Array.isArray(holder)) holder.push(...holder.splice(chosen % holder.length, 1));
      break;
    case 'copy':
      write(place, structuredClone(read(other)));
      break;
    case 'rename':
      if (!Array.isArray(holder))
        Object.defineProperty(holder, String(value), {
          value: holder[key],
          enumerable: true,
          configurable: true,
          writable: true,
        });
      break;
    default:
      write(
        place,
        chosen % 2 === 0 ? [structuredClone(read(place))] : { wrapped: structuredClone(read(place)) },
      );
  }
}

function read({ holder, key }: Place): unknown {
  return (holder as Record<string, unknown>)[key];
}

function write({ holder, key }: Place, value: unknown): void {
  (holder as Record<string, unknown>)[key] = value;
}

function placesOf(payload: unknown): Place[] {
  const places: Place[] = [];
  const stack: unknown[] = [payload];
  while (stack.length > 0) {
    const holder = stack.pop();
    if (typeof holder !== 'object' || holder === null) continue;
    const keys = Array.isArray(holder) ? holder.keys() : Object.keys(holder);
    for (const key of keys) {
      const place = { holder: holder as Place['holder'], key };
      places.push(place);
      stack.push(read(place));
    }
  }
  return places;
}

/** The same payload as another sender would write it: keys, and the lists at paths without an order, in another one. */
export function shuffle(value: unknown, unordered: ReadonlySet<string>, turn: number, path = ''): unknown {
  if (Array.isArray(value)) {
    const members = value.map((member) => shuffle(member, unordered, turn, `${path}[]`));
    return unordered.has(path) ? rotate(members, turn) : members;
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(
    ([key, member]) => [key, shuffle(member, unordered, turn, `${path}.${key}`)] as const,
  );
  return Object.fromEntries(rotate(entries, turn));
}

function rotate<Item>(items: Item[], turn: number): Item[] {
  const by = items.length === 0 ? 0 : turn % items.length;
  const rotated = [...items.slice(by), ...items.slice(0, by)];
  return turn % 2 === 0 ? rotated : rotated.reverse();
}
