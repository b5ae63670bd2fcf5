import { Random } from '../random.ts';
import { drawFault, type Fault, type FaultKind } from './fault.ts';
import type { SeenRequest } from './request.ts';

export interface FaultRule {
  readonly fault: Fault;
  /** Only this route; every route where it is left out. */
  readonly route?: string;
  readonly when?: (request: SeenRequest) => boolean;
  /** How often it strikes; always where it is left out. */
  readonly times?: number;
  /** How many matching requests pass before. */
  readonly after?: number;
}

/** A rule in force. */
export interface PlacedFault {
  /** How often it has struck. */
  readonly hits: number;
  remove(): void;
}

export interface RandomFaults {
  readonly seed: number;
  /** Share of the requests that are struck, 0 to 1. */
  readonly rate: number;
  readonly kinds: readonly FaultKind[];
  readonly route?: string;
}

/** The faults of one server. The first rule that matches a request strikes it. */
export class Faults {
  readonly #rules: Rule[] = [];
  readonly #seen: Map<string, number> = new Map();

  add(rule: FaultRule): PlacedFault {
    const placed = new Rule(rule, (gone) => this.#drop(gone));
    this.#rules.push(placed);
    return placed;
  }

  /**
   * Faults drawn by a seed. What strikes a request depends on what is asked and how often it was asked before,
   * not on the order in which different requests arrive, so that concurrent clients meet the same ones.
   */
  random({ seed, rate, kinds, route }: RandomFaults): PlacedFault {
    if (kinds.length === 0) throw new RangeError('Random faults need at least one kind');
    const draw = (request: SeenRequest): Fault | undefined => {
      const what = `${request.method} ${request.url}`;
      const random = new Random(seed, what, this.#seen.get(what) ?? 0);
      return random.chance(rate) ? drawFault(random.pick(kinds), random) : undefined;
    };
    const placed = new Rule({ fault: draw, ...(route === undefined ? {} : { route }) }, (gone) =>
      this.#drop(gone),
    );
    this.#rules.push(placed);
    return placed;
  }

  clear(): void {
    this.#rules.length = 0;
  }

  /** The fault that strikes a request, if one does. Counts the request. */
  strike(request: SeenRequest): Fault | undefined {
    const what = `${request.method} ${request.url}`;
    let struck: Fault | undefined;
    for (const rule of this.#rules) {
      struck = rule.strike(request);
      if (struck !== undefined) break;
    }
    this.#seen.set(what, (this.#seen.get(what) ?? 0) + 1);
    return struck;
  }

  #drop(rule: Rule): void {
    const at = this.#rules.indexOf(rule);
    if (at >= 0) this.#rules.splice(at, 1);
  }
}

type Drawn = (request: SeenRequest) => Fault | undefined;

class Rule implements PlacedFault {
  hits = 0;
  readonly remove: () => void;
  readonly #rule: Omit<FaultRule, 'fault'> & { readonly fault: Fault | Drawn };
  #passed = 0;

  constructor(
    rule: Omit<FaultRule, 'fault'> & { readonly fault: Fault | Drawn },
    drop: (rule: Rule) => void,
  ) {
    this.#rule = rule;
    this.remove = () => drop(this);
  }

  strike(request: SeenRequest): Fault | undefined {
    const { fault, route, when, times, after = 0 } = this.#rule;
    if (route !== undefined && route !== request.route) return undefined;
    if (when !== undefined && !when(request)) return undefined;
    if (times !== undefined && this.hits >= times) return undefined;
    const struck = typeof fault === 'function' ? fault(request) : fault;
    if (struck === undefined) return undefined;
    this.#passed += 1;
    if (this.#passed <= after) return undefined;
    this.hits += 1;
    return struck;
  }
}
