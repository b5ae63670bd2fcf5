import { setTimeout as sleep } from 'node:timers/promises';
import { type Call, type ElevenLabsCall, simulateCall, truth } from '../../sandbox/index.ts';
import type { Random } from '../../sandbox/random.ts';
import { openLedger } from '../../src/ledger/open.ts';
import { start } from '../cli/program.ts';
import type { Expectation } from './expectation.ts';
import { type OnlyTold, unconnected, unkept, wordsIn, wordsOnDisk } from './only-told.ts';
import type { Pool } from './pool.ts';
import { Senders } from './senders.ts';
import { webhooksOf } from './webhooks.ts';
import type { ChaosWorld } from './world.ts';

/** Webhooks that wait at the least where a life is to end at one. */
const ENOUGH = 6;
/** The share of the conversations that just ended of which a webhook tells too. */
const TOLD_TOO = 0.25;
/** Texts that are looked for on the disk of a program that was killed. */
const LATEST = 30;
/** After so long in which nothing has moved although nobody disturbs it, in milliseconds, it hangs. */
const HANGS = 120_000;

/** What vendors tell by webhooks: of conversations that a list shows too, and of some that nothing else shows. */
export class Telling {
  readonly senders = new Senders();
  /** Conversations of which a webhook was all there was. */
  conversations = 0;
  readonly #world: Pick<ChaosWorld, 'add' | 'environment'>;
  readonly #expectation: Expectation;
  readonly #pool: Pool;
  readonly #random: Random;
  /** What was said in conversations that nobody may keep; and the latest of it. */
  readonly #words = new Set<string>();
  #latest: readonly string[] = [];

  constructor(options: {
    readonly world: Pick<ChaosWorld, 'add' | 'environment'>;
    readonly expectation: Expectation;
    readonly pool: Pool;
    readonly random: Random;
  }) {
    this.#world = options.world;
    this.#expectation = options.expectation;
    this.#pool = options.pool;
    this.#random = options.random;
  }

  /** So many conversations of which nobody would know but for a webhook. */
  tell(count: number): void {
    for (let nth = 0; nth < count; nth++) {
      const kind = this.#random.next();
      if (kind < 0.35)
        this.#onlyTold(unkept(this.#world.add(this.#pool.unkept(Date.now())) as ElevenLabsCall));
      else if (kind < 0.5) {
        this.#onlyTold(unconnected(simulateCall(this.#pool.unkept(Date.now())) as ElevenLabsCall));
      } else this.#hint(kind);
    }
  }

  /** As many as are needed for a program to be killed at one of them. */
  tellEnough(): void {
    while (this.senders.waiting < ENOUGH) this.tell(1);
  }

  /** Of one that a list shows too. */
  mayTell(call: Call): void {
    if (this.#isOn && isTellable(call) && this.#random.chance(TOLD_TOO)) this.#put(call);
  }

  /** Whether the words of one of the latest conversations that nobody may keep are on the disk. */
  get isOnDisk(): boolean {
    return wordsOnDisk(this.#ledger, new Set(this.#latest)).length > 0;
  }

  /** Webhooks come until none is left, and nothing waits in the inbox. @returns what is wrong */
  async end(): Promise<string[]> {
    if (!this.#isOn) return [];
    return await this.#meanwhile('nothing waits in the inbox', async () => {
      const { answered, refused } = this.senders.figures;
      if (!this.senders.isEmpty) return answered + refused;
      const ledger = await openLedger(this.#ledger, { readOnly: true });
      try {
        let waiting = 0;
        for (const { id } of await ledger.sources.all()) waiting += (await ledger.inbox.depth(id)).waiting;
        return waiting === 0 ? 'done' : -waiting;
      } finally {
        await ledger.close();
      }
    });
  }

  /** What nobody may keep is gone from the disk, also where the program is killed then. @returns what is wrong */
  async forgotten(): Promise<string[]> {
    if (!this.#isOn) return [];
    const left = () => wordsOnDisk(this.#ledger, this.#words);
    const late = await this.#meanwhile('it is gone', () => (left().length === 0 ? 'done' : -left().length));
    return [...late, ...left()];
  }

  /**
   * Lets the program run undisturbed until it is done, and kills it then: what it leaves is what there is.
   * @param reached how far it is; whatever it is, it moves unless something hangs.
   */
  async #meanwhile(
    what: string,
    reached: () => 'done' | number | Promise<'done' | number>,
  ): Promise<string[]> {
    const program = start(['run'], this.#world.environment);
    const serving = this.senders.serve(program);
    let moved = { to: 0, at: Date.now() };
    try {
      await program.said('callspan is running');
      for (;;) {
        const to = await reached();
        if (to === 'done') return [];
        if (to !== moved.to) moved = { to, at: Date.now() };
        if (Date.now() - moved.at > HANGS) return [`it hangs before it is so that ${what}`];
        await sleep(200);
      }
    } finally {
      program.process.kill('SIGKILL');
      await serving;
    }
  }

  #onlyTold({ truth: told, webhook }: OnlyTold): void {
    this.#expectation.addOnlyTold(told, webhook.body);
    this.senders.put(webhook);
    this.conversations++;
    const words = wordsIn(webhook);
    for (const word of words) this.#words.add(word);
    this.#latest = [...words, ...this.#latest].slice(0, LATEST);
  }

  #hint(kind: number): void {
    // Hints that are not signed are looked into once a second.
    const provider = kind < 0.53 ? 'tavus' : this.#random.pick(['elevenlabs', 'retell', 'vapi'] as const);
    let spec = this.#pool.unlisted(provider, Date.now());
    while (!isTellable(simulateCall(spec))) spec = this.#pool.unlisted(provider, Date.now());
    const call = this.#world.add(spec);
    this.#expectation.add(call, 'what was answered with 200 is delivered');
    this.#put(call);
  }

  #put(call: Call): void {
    this.senders.put(...webhooksOf(call, this.#random));
  }

  get #ledger(): string {
    return this.#world.environment.CALLSPAN_STATE ?? '';
  }

  get #isOn(): boolean {
    return this.#world.environment.CALLSPAN_WEBHOOKS !== undefined;
  }
}

/** Whether what a webhook tells of it is a hint, and all that can be fetched is there already. */
function isTellable(call: Call): boolean {
  const { traits } = call;
  const isKept =
    !('zeroRetention' in traits && traits.zeroRetention) &&
    !('storage' in traits && traits.storage === 'basic_attributes_only');
  return isKept && call.fate === 'exported' && truth(call).undated === undefined;
}
