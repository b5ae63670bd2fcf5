/** Another replica that lives and stays. */
export interface Peer {
  /** Those that it could carry: it may be configured otherwise. */
  readonly sources: ReadonlySet<number>;
  /** How many it carries now. */
  readonly held: number;
}

export interface Situation {
  /** What this replica carries, the youngest first; what is ending counts, and is not among them. */
  readonly carried: readonly number[];
  readonly ending: number;
  /** Sources that nobody carries and this replica could, in the order in which it wants them. */
  readonly free: readonly number[];
  /** Of these: what nobody has taken for so long that it is taken whoever should. */
  readonly abandoned: ReadonlySet<number>;
  readonly peers: readonly Peer[];
}

export interface Move {
  readonly give: readonly number[];
  readonly take: readonly number[];
}

/**
 * What a replica gives away and what it takes, so that in the end nobody carries more than one source more than another
 * who could carry it. Each decides for itself by the same rule; what two want at once, one of them gets.
 */
export function balance({ carried, ending, free, abandoned, peers }: Situation): Move {
  const loads = peers.map(({ sources, held }) => ({ sources, held }));
  const couldCarry = (source: number) => loads.filter(({ sources }) => sources.has(source));
  const least = (some: readonly { held: number }[]) =>
    some.reduce<{ held: number } | undefined>(
      (low, one) => (low === undefined || one.held < low.held ? one : low),
      undefined,
    );
  let own = carried.length + ending;
  const give: number[] = [];
  for (const source of carried) {
    const others = couldCarry(source);
    const lightest = least(others);
    if (lightest === undefined || lightest.held >= own - 1) continue;
    const level = Math.ceil(others.reduce((sum, { held }) => sum + held, own) / (others.length + 1));
    // What is ending already is still counted as this one's, and as nobody else's.
    if (own - ending <= level) continue;
    give.push(source);
    own--;
    lightest.held++;
  }
  const take: number[] = [];
  if (give.length > 0) return { give, take };
  for (const source of free) {
    const lightest = least(couldCarry(source));
    if (lightest !== undefined && lightest.held < own && !abandoned.has(source)) {
      lightest.held++;
      continue;
    }
    take.push(source);
    own++;
  }
  return { give, take };
}
