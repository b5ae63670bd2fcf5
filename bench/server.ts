import type { IncomingMessage } from 'node:http';
import { openServer, type Reply } from './http-server.ts';
import type { Figures, Round } from './load.ts';
import { cpuMillisOf, peakRssMiBOf } from './process-figures.ts';
import { Steady, type SteadyFigures, type SteadyPlan } from './steady-vendor.ts';
import { Backlog, Shelf } from './vendor.ts';

/**
 * The process that is vendor and collector. It also reads what the kernel says of the contestant, at the very
 * requests between which it is measured.
 */

export type Order =
  | { readonly kind: 'round'; readonly round: Round }
  | { readonly kind: 'steady'; readonly plan: SteadyPlan }
  /** The contestant that is measured from now on. */
  | { readonly kind: 'contestant'; readonly pid: number }
  /** It has ended, or is about to: tell what it came to. */
  | { readonly kind: 'tell' };

export type Told =
  | { readonly kind: 'open'; readonly url: string }
  | { readonly kind: 'ready' }
  | { readonly kind: 'first request'; readonly cpuMillis: number }
  | { readonly kind: 'over' }
  | { readonly kind: 'figures'; readonly figures: Figures }
  | { readonly kind: 'steady'; readonly figures: SteadyFigures };

interface Reading {
  readonly at: number;
  readonly cpuMillis: number;
  readonly own: NodeJS.CpuUsage;
}

/** One contestant's round, as seen from the other side. */
class Watch {
  readonly #round: Round;
  readonly #pid: () => number;
  #gets = 0;
  #posts = 0;
  #bytes = 0;
  #from: Reading | undefined;
  #to: Reading | undefined;
  #peakRssMiB = 0;

  constructor(round: Round, pid: () => number) {
    this.#round = round;
    this.#pid = pid;
  }

  fetched(): void {
    if (this.#gets++ === this.#round.warmUp) this.#from = this.#read();
  }

  /** Only the last one ends the round, and until nothing comes any more any may be the last. */
  accepted(bytes: number): void {
    this.#posts++;
    this.#bytes += bytes;
    if (this.#gets < this.#round.conversations) return;
    this.#to = this.#read();
    this.#peakRssMiB = peakRssMiBOf(this.#pid());
  }

  get isOver(): boolean {
    return this.#gets >= this.#round.conversations && this.#posts >= this.#round.conversations;
  }

  get figures(): Figures {
    const { conversations, warmUp } = this.#round;
    if (this.#from === undefined || this.#to === undefined) {
      throw new Error(`of ${conversations} conversations ${this.#gets} were fetched`);
    }
    const { user, system } = process.cpuUsage(this.#from.own);
    const count = conversations - warmUp;
    return {
      conversationsPerSecond: (count * 1_000) / (this.#to.at - this.#from.at),
      cpuMillisPerConversation: (this.#to.cpuMillis - this.#from.cpuMillis) / count,
      peakRssMiB: this.#peakRssMiB,
      callsPerConversation: this.#gets / conversations,
      requests: this.#posts,
      bytesPerConversation: this.#bytes / conversations,
      serverCpuMillisPerConversation: (user + system) / 1_000 / count,
    };
  }

  #read(): Reading {
    return { at: performance.now(), cpuMillis: cpuMillisOf(this.#pid()), own: process.cpuUsage() };
  }
}

const shelf = new Shelf();
let pid: number | undefined;
let isFirstRequest = false;
let backlog: { readonly vendor: Backlog; readonly watch: Watch } | undefined;
let steady: Steady | undefined;

const contestant = () => {
  if (pid === undefined) throw new Error('a request came before its sender was named');
  return pid;
};

function answer(request: IncomingMessage, url: URL): Reply {
  if (isFirstRequest) {
    isFirstRequest = false;
    tell({ kind: 'first request', cpuMillis: cpuMillisOf(contestant()) });
  }
  if (steady) return steady.answer(url);
  if (!backlog) throw new Error('a request came between two rounds');
  const number = backlog.vendor.numberOf(url);
  if (number === undefined) return backlog.vendor.list(url);
  backlog.watch.fetched();
  if (request.headers['accept-encoding']?.includes('gzip') !== true)
    throw new Error('gzip was not asked for');
  return backlog.vendor.conversation(number);
}

const http = await openServer(answer, ({ body, bytes, isTraces }) => {
  if (!isTraces) return;
  if (steady) steady.accept(body());
  else if (backlog) {
    backlog.watch.accepted(bytes);
    if (backlog.watch.isOver) tell({ kind: 'over' });
  }
});

// Whoever started it may be gone in the middle of a run.
process.on('disconnect', () => process.exit());
process.on('message', (order: Order) => {
  switch (order.kind) {
    case 'round':
      backlog = {
        vendor: new Backlog(order.round, shelf),
        watch: new Watch(order.round, contestant),
      };
      steady = undefined;
      tell({ kind: 'ready' });
      return;
    case 'steady':
      steady = new Steady(order.plan, shelf, () => tell({ kind: 'over' }));
      backlog = undefined;
      tell({ kind: 'ready' });
      return;
    case 'contestant':
      pid = order.pid;
      isFirstRequest = true;
      return;
    case 'tell':
      if (steady) tell({ kind: 'steady', figures: steady.figures });
      else if (backlog) tell({ kind: 'figures', figures: backlog.watch.figures });
      return;
  }
});

function tell(told: Told): void {
  process.send?.(told);
}

tell({ kind: 'open', url: http.url });
