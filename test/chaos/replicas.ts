import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../../sandbox/random.ts';
import { type Ended, type Running, start } from '../cli/program.ts';
import { LossyProxy } from '../ledger/postgres/lossy-proxy.ts';
import { startPostgres, type TestServer } from '../ledger/postgres/server.ts';

const REPLICAS = 3;
const HOUR = 3_600_000;

/** What may happen, and how often of so many times. */
const FAULTS = [
  ...['kill', 'kill', 'kill', 'kill', 'kill', 'kill'],
  ...['freeze', 'freeze', 'freeze', 'freeze'],
  ...['cut', 'cut', 'cut', 'cut', 'cut'],
  ...['lost commit', 'lost commit', 'lost commit', 'lost commit', 'lost commit', 'lost commit'],
  ...['server crash', 'stop'],
] as const;
type Fault = (typeof FAULTS)[number];

/** Longer than a lease lasts, in milliseconds: whoever sleeps for so long has lost it. */
const BEYOND_A_LEASE = 13_000;
/** An orderly stop that takes longer has failed, and is killed; in milliseconds. */
const STOP_PATIENCE = 30_000;

/** By how much a replica's clock is wrong, from its start on, in milliseconds. */
const SHIFTS = [0, 0, HOUR, -HOUR] as const;
const SHIFT_CLOCK = new URL('./shift-clock.mjs', import.meta.url).href;

/** What came of one fault. */
export interface Struck {
  readonly killed: boolean;
  readonly problem?: string;
}

/** Replicas that share a ledger on a server, and a network between them and it; to be struck by faults. */
export class Replicas {
  /** The ledger, past the network that is struck. */
  readonly state: string;
  readonly #server: TestServer;
  readonly #proxy: LossyProxy;
  readonly #random: Random;
  #environment: Record<string, string> = {};
  readonly #running: Running[] = [];

  private constructor(server: TestServer, proxy: LossyProxy, state: string, random: Random) {
    this.#server = server;
    this.#proxy = proxy;
    this.state = state;
    this.#random = random;
  }

  /** A server with an empty ledger, and nobody on it. */
  static async open(random: Random): Promise<Replicas> {
    const server = await startPostgres();
    const state = await server.database();
    return new Replicas(server, await LossyProxy.start(state), state, random);
  }

  start(environment: Record<string, string>): void {
    this.#environment = { ...environment, CALLSPAN_STATE: this.#proxy.url };
    for (let place = 0; place < REPLICAS; place++) this.#begin(place);
  }

  /** Does one thing, and lets them go on for a while. */
  async strike(): Promise<Struck> {
    const fault = this.#random.pick(FAULTS);
    const ended = this.#running.findIndex(({ process }) => process.exitCode !== null);
    if (ended >= 0) {
      const problem = `a replica ended by itself: ${told(await this.#at(ended).ended)}`;
      this.#begin(ended);
      return { killed: false, problem };
    }
    const struck = await this.#suffer(fault);
    await sleep(this.#random.int(200, 1_500));
    return struck.problem === undefined ? struck : { ...struck, problem: `${fault}: ${struck.problem}` };
  }

  async #suffer(fault: Fault): Promise<Struck> {
    const place = this.#random.int(0, REPLICAS - 1);
    const { process, ended } = this.#at(place);
    switch (fault) {
      case 'kill':
        process.kill('SIGKILL');
        await ended;
        this.#begin(place);
        return { killed: true };
      case 'freeze':
        process.kill('SIGSTOP');
        await sleep(this.#random.chance(0.3) ? BEYOND_A_LEASE : this.#random.int(100, 3_000));
        process.kill('SIGCONT');
        return { killed: false };
      case 'cut':
        this.#proxy.cut();
        return { killed: false };
      case 'lost commit':
        this.#proxy.loseNext(this.#random.chance(0.8) ? 'reply' : 'command');
        return { killed: false };
      case 'server crash':
        await this.#server.crash();
        await sleep(this.#random.int(0, 2_000));
        await this.#server.start();
        return { killed: false };
      default: {
        const problem = await stop(this.#at(place));
        this.#begin(place);
        return { killed: false, ...(problem === undefined ? {} : { problem }) };
      }
    }
  }

  /** Stops them in order. @returns what went wrong. */
  async stop(): Promise<string[]> {
    const problems = await Promise.all(this.#running.splice(0).map(stop));
    return problems.filter((problem) => problem !== undefined);
  }

  async close(): Promise<void> {
    for (const { process, ended } of this.#running.splice(0)) {
      process.kill('SIGKILL');
      await ended;
    }
    await this.#proxy.close();
    await this.#server.stop();
  }

  #at(place: number): Running {
    const found = this.#running[place];
    if (found === undefined) throw new Error('Nobody has started the replicas.');
    return found;
  }

  #begin(place: number): void {
    const shift = this.#random.pick(SHIFTS);
    const wrong = { CHAOS_CLOCK_SHIFT: String(shift), NODE_OPTIONS: `--import=${SHIFT_CLOCK}` };
    this.#running[place] = start(['run'], { ...this.#environment, ...(shift === 0 ? {} : wrong) });
  }
}

async function stop({ process, ended }: Running): Promise<string | undefined> {
  process.kill('SIGTERM');
  const killer = setTimeout(() => process.kill('SIGKILL'), STOP_PATIENCE);
  const end = await ended;
  clearTimeout(killer);
  // It may have been asked before it could listen.
  return end.code === 0 || end.signal === 'SIGTERM' ? undefined : told(end);
}

function told({ code, signal, stderr }: Ended): string {
  return `${code === null ? signal : `code ${code}`}, ${stderr.trimEnd().split('\n').at(-1) ?? ''}`;
}
