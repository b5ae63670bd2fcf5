import type { Destination } from '../delivery/endpoint.ts';
import { formatDuration } from '../time/duration.ts';

/** A source that is overdue for so long without a sign of life is stuck, in milliseconds. */
const STUCK_AFTER = 600_000;

/** How one round of listing ended. Times are unix milliseconds. */
export interface Poll {
  readonly at: number;
  /** When the next one is to begin. */
  readonly next: number;
  /** The list was walked to its end. */
  readonly complete: boolean;
}

interface SourceCondition {
  /** When the latest complete poll began. */
  complete: number | undefined;
  /** By when there should be news of it. */
  due: number;
  /** It is this process that carries it. */
  here: boolean;
}

/** How the bridge is doing, as far as it has told: what health and readiness are judged by. */
export class Condition {
  readonly #sources: ReadonlyMap<string, SourceCondition>;
  /** Why nothing passes there. */
  readonly #away = new Map<Destination, string>();
  /** Why it is not certain that a collector answers there. */
  readonly #doubts = new Map<Destination, string>();
  readonly #destinations: readonly Destination[];
  #ledgerTrouble: string | undefined;
  /** Why no webhooks are taken. */
  #webhooks: string | undefined;
  /** Whether each vendor has switched its webhook off, as far as it tells. */
  readonly #disabled = new Map<string, boolean>();

  /**
   * @param sources names of the configured sources.
   * @param destinations where their conversations go.
   * @param now unix milliseconds.
   */
  constructor(sources: readonly string[], destinations: readonly Destination[], now: number) {
    this.#sources = new Map(sources.map((name) => [name, { complete: undefined, due: now, here: true }]));
    this.#destinations = destinations;
  }

  carried(source: string, here: boolean, now: number): void {
    const known = this.#sources.get(source);
    if (known) Object.assign(known, { here, due: now, complete: undefined });
  }

  /** Whether it is this process that carries the source. */
  isHere(source: string): boolean {
    return this.#sources.get(source)?.here === true;
  }

  /** @param reason in words that may be shown; undefined where it can be used. */
  ledgerAway(reason: string | undefined): void {
    this.#ledgerTrouble = reason;
  }

  polled(source: string, { at, next, complete }: Poll): void {
    const known = this.#sources.get(source);
    if (!known) return;
    known.due = next;
    if (complete) known.complete = at;
  }

  /** The source works: a vendor has answered, or failed to. A long list keeps a source busy between two polls. */
  signOfLife(source: string, now: number): void {
    const known = this.#sources.get(source);
    if (known && known.due < now) known.due = now;
  }

  /** When the latest complete poll of this process began. */
  completePoll(source: string): number | undefined {
    return this.#sources.get(source)?.complete;
  }

  /** @param reason in words that may be shown. */
  away(destination: Destination, reason: string): void {
    this.#away.set(destination, reason);
  }

  back(destination: Destination): void {
    this.#away.delete(destination);
  }

  /** @param doubt in words that may be shown; `undefined` where there is none any more. */
  doubt(destination: Destination, doubt: string | undefined): void {
    if (doubt === undefined) this.#doubts.delete(destination);
    else this.#doubts.set(destination, doubt);
  }

  /** @param trouble in words that may be shown; `undefined` where webhooks are taken, or are not wanted. */
  webhooks(trouble: string | undefined): void {
    this.#webhooks = trouble;
  }

  webhookDisabled(source: string, isDisabled: boolean | undefined): void {
    if (isDisabled === undefined) this.#disabled.delete(source);
    else this.#disabled.set(source, isDisabled);
  }

  /** Of the sources whose vendors tell it. */
  get disabledWebhooks(): ReadonlyMap<string, boolean> {
    return this.#disabled;
  }

  /** Whether each collector is there, by host and port; one that some source cannot deliver to is not. */
  get collectors(): { host: string; port: number; up: boolean }[] {
    const places = new Map(this.#destinations.map(({ tracesUrl }) => [addressOf(tracesUrl).name, tracesUrl]));
    return [...places.values()].map((url) => {
      const { host, port } = addressOf(url);
      return { host, port, up: !this.isAway(url) };
    });
  }

  /** Whether something cannot be delivered to the host and port of this URL. */
  isAway(url: string): boolean {
    const { name } = addressOf(url);
    return [...this.#away.keys()].some(({ tracesUrl }) => addressOf(tracesUrl).name === name);
  }

  /** What is not as it should be for conversations to be delivered soon, a line each; empty when ready. */
  get missing(): string[] {
    const sources = [...this.#sources]
      .filter(([, { complete, here }]) => here && complete === undefined)
      .map(([name]) => `the source ${name} has not been listed yet`);
    return [
      ...(this.#ledgerTrouble === undefined ? [] : [this.#ledgerTrouble]),
      ...sources,
      ...(this.#webhooks === undefined ? [] : [this.#webhooks]),
      ...lines(this.#away, (name, reason) => `the collector ${name} is away: ${reason}`),
      ...lines(this.#doubts, (name, doubt) => `the collector ${name} may be none: ${doubt}`),
    ];
  }

  /** A source that gives no sign of life although it should have long ago. */
  stuck(now: number): string | undefined {
    for (const [name, { due, here }] of this.#sources) {
      if (!here) continue;
      const overdue = now - due;
      if (overdue > STUCK_AFTER) {
        return `the source ${name} has been overdue for ${formatDuration(overdue)}`;
      }
    }
    return undefined;
  }
}

/** One line for each place, of whatever several ways to it have in common. */
function lines(
  told: ReadonlyMap<Destination, string>,
  line: (name: string, words: string) => string,
): string[] {
  const places = new Map([...told].map(([{ tracesUrl }, words]) => [addressOf(tracesUrl).name, words]));
  return [...places].map(([name, words]) => line(name, words));
}

function addressOf(url: string): { name: string; host: string; port: number } {
  const { hostname, port, protocol } = new URL(url);
  const number = Number(port) || (protocol === 'https:' ? 443 : 80);
  return { name: `${hostname}:${number}`, host: hostname, port: number };
}
