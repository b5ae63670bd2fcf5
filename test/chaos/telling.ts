import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Call,
  type CallBook,
  type CallSpec,
  type ElevenLabsCall,
  simulateCall,
  truth,
} from '../../sandbox/index.ts';
import type { Random } from '../../sandbox/random.ts';
import { openLedger } from '../../src/ledger/open.ts';
import { start } from '../cli/program.ts';
import type { Expectation } from './expectation.ts';
import { lettersOf } from './letters.ts';
import { type OnlyTold, unconnected, unkept, wordsIn, wordsOnDisk } from './only-told.ts';
import type { Pool } from './pool.ts';
import { Post } from './post.ts';

/** Webhooks that wait at the least where a life is to end at one. */
const ENOUGH = 6;
/** The share of the conversations that just ended of which a webhook tells too. */
const TOLD_TOO = 0.4;
/** Texts that are looked for on the disk of a program that was killed. */
const LATEST = 30;
/** How long what waits in the inbox may take when nobody disturbs it, in milliseconds: a hint a second is looked into. */
const INBOX_PATIENCE = 300_000;
/** The same for what is to be gone from the disk. */
const DISK_PATIENCE = 60_000;

/** What vendors tell by webhooks: of conversations that a list shows too, and of some that nothing else shows. */
export class Telling {
  readonly post = new Post();
  /** Conversations of which a webhook was all there was. */
  conversations = 0;
  readonly #world: { readonly book: CallBook; readonly environment: Record<string, string> };
  readonly #expectation: Expectation;
  readonly #pool: Pool;
  readonly #random: Random;
  /** What was said in conversations that nobody may keep; and the latest of it. */
  readonly #words = new Set<string>();
  #latest: readonly string[] = [];

  constructor(options: {
    readonly world: { readonly book: CallBook; readonly environment: Record<string, string> };
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
      if (kind < 0.35) this.#onlyTold(unkept(this.#listed(this.#pool.unkept(Date.now())) as ElevenLabsCall));
      else if (kind < 0.5) {
        this.#onlyTold(unconnected(simulateCall(this.#pool.unkept(Date.now())) as ElevenLabsCall));
      } else this.#hint(kind);
    }
  }

  /** As many as are needed for a program to be killed at one of them. */
  tellEnough(): void {
    while (this.post.waiting < ENOUGH) this.tell(1);
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
    return await this.#meanwhile('nothing waits in the inbox', INBOX_PATIENCE, async () => {
      if (!this.post.isEmpty) return false;
      const ledger = await openLedger(this.#ledger, { readOnly: true });
      try {
        for (const { id } of await ledger.sources.all()) {
          if ((await ledger.inbox.depth(id)).waiting > 0) return false;
        }
        return true;
      } finally {
        await ledger.close();
      }
    });
  }

  /** What nobody may keep is gone from the disk, also where the program is killed then. @returns what is wrong */
  async forgotten(): Promise<string[]> {
    if (!this.#isOn) return [];
    const left = () => wordsOnDisk(this.#ledger, this.#words);
    const late = await this.#meanwhile('it is gone', DISK_PATIENCE, () => left().length === 0);
    return [...late, ...left()];
  }

  /** Lets the program run undisturbed until `is` is so, and kills it then: what it leaves is what there is. */
  async #meanwhile(what: string, patience: number, is: () => boolean | Promise<boolean>): Promise<string[]> {
    const program = start(['run'], this.#world.environment);
    const serving = this.post.serve(program);
    const until = Date.now() + patience;
    try {
      await program.said('callspan is running');
      while (!(await is())) {
        if (Date.now() > until) return [`after ${patience} ms it is not so that ${what}`];
        await sleep(200);
      }
      return [];
    } finally {
      program.process.kill('SIGKILL');
      await serving;
    }
  }

  #onlyTold({ truth: told, letter }: OnlyTold): void {
    this.#expectation.addOnlyTold(told, letter.body);
    this.post.put(letter);
    this.conversations++;
    const words = wordsIn(letter);
    for (const word of words) this.#words.add(word);
    this.#latest = [...words, ...this.#latest].slice(0, LATEST);
  }

  #hint(kind: number): void {
    // Hints that are not signed are looked into once a second.
    const provider = kind < 0.53 ? 'tavus' : this.#random.pick(['elevenlabs', 'retell', 'vapi'] as const);
    let spec = this.#pool.unlisted(provider, Date.now());
    while (!isTellable(simulateCall(spec))) spec = this.#pool.unlisted(provider, Date.now());
    const call = this.#listed(spec);
    this.#expectation.add(call, 'what was answered with 200 is delivered');
    this.#put(call);
  }

  #put(call: Call): void {
    this.post.put(...lettersOf(call, this.#random));
  }

  #listed(spec: CallSpec): Call {
    const { book } = this.#world;
    const call = book.call(book.add(spec));
    if (call === undefined) throw new Error(`The book has lost ${JSON.stringify(spec)}.`);
    return call;
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
