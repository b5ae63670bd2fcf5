import { setTimeout as sleep } from 'node:timers/promises';
import type { Call, CallSpec, Provider } from '../../sandbox/index.ts';
import { Random } from '../../sandbox/random.ts';
import { openLedger } from '../../src/ledger/open.ts';
import { MIGRATIONS } from '../../src/ledger/sqlite/schema.ts';
import { callspan } from '../cli/program.ts';
import { audit, mayAwaitWebhook, type Promised } from './audit.ts';
import { type Death, live } from './death.ts';
import { Expectation } from './expectation.ts';
import { type Figures, noFigures } from './figures.ts';
import { type Dose, drawPlan, INTAKE, type Life } from './plan.ts';
import { Pool, PROVIDERS, type Stretch } from './pool.ts';
import { Replicas } from './replicas.ts';
import { Telling } from './telling.ts';
import { type ChaosWorld, makeChaosWorld } from './world.ts';

/** Rounds that the undisturbed end may take until nothing is pending. */
const MOST_ROUNDS = 40;
/** Conversations for a life that has to come by a point which another one has missed. */
const AGAIN = 6;
/** How long the collector's answer is waited for by default, in milliseconds. */
const PATIENT = '10000';
/** How much is to happen to replicas. */
export interface ReplicaDose {
  readonly faults: number;
  readonly backlog: number;
  readonly fresh: number;
  readonly poison: boolean;
  /** How many sources each vendor is. */
  readonly branches: number;
}

/** One ledger, and everything that happens to it. */
export class Shard {
  readonly #world: ChaosWorld;
  readonly #random: Random;
  readonly #pool: Pool;
  readonly #expectation: Expectation;
  readonly #telling: Telling;
  readonly #figures = noFigures();
  readonly #onLife: () => void;
  #stretch: Stretch | undefined;
  /** When the last conversation that was put in unfinished is over. */
  #finishedAt = 0;

  private constructor(world: ChaosWorld, seed: number, onLife: () => void) {
    this.#world = world;
    this.#random = new Random(seed, 'chaos');
    this.#pool = new Pool(seed);
    this.#expectation = new Expectation(world.settingsOf);
    this.#onLife = onLife;
    this.#telling = new Telling({
      world,
      expectation: this.#expectation,
      pool: this.#pool,
      random: this.#random,
    });
  }

  /** So many faults to replicas that share a ledger on a server, while conversations come. Then the same. */
  static async runReplicas(seed: number, dose: ReplicaDose, onLife: () => void): Promise<Figures> {
    const replicas = await Replicas.open(new Random(seed, 'replicas'));
    let world: ChaosWorld | undefined;
    try {
      world = await makeChaosWorld(seed, dose.poison, { state: replicas.state, branches: dose.branches });
      const shard = new Shard(world, seed, onLife);
      await shard.#strike(replicas, dose);
      await shard.#settle();
      return await shard.#judge();
    } finally {
      await world?.close();
      await replicas.close();
    }
  }

  async #strike(replicas: Replicas, { faults, backlog, fresh }: ReplicaDose): Promise<void> {
    for (const spec of this.#pool.backlog(backlog, Date.now())) this.#add(spec);
    replicas.start(this.#world.environment);
    for (let fault = 0; fault < faults; fault++) {
      this.#talk(share(fresh, faults, fault), fault < faults / 2);
      const { killed, problem } = await replicas.strike();
      this.#figures.lives++;
      if (killed) this.#figures.kills++;
      if (problem !== undefined) this.#broke('nothing but a kill ends the bridge', problem);
      this.#onLife();
    }
    this.#broke('an orderly stop ends with 0 within five seconds', ...(await replicas.stop()));
  }

  /** Lives all lives that `seed` has drawn, then lets everything come to its end and looks at what there is. */
  static async run(seed: number, dose: Dose, onLife: () => void): Promise<Figures> {
    const world = await makeChaosWorld(seed, dose.poison);
    try {
      const shard = new Shard(world, seed, onLife);
      await shard.#live(dose);
      await shard.#settle();
      return await shard.#judge();
    } finally {
      await world.close();
    }
  }

  async #live(dose: Dose): Promise<void> {
    const { births, lives } = drawPlan(dose, MIGRATIONS.length, this.#random);
    const { backlog, past, fresh, told, longest } = dose.conversations;
    for (const nth of births) await this.#one({ kind: 'point', point: 'during-migration', nth });
    for (const spec of this.#pool.backlog(backlog, Date.now())) this.#add(spec);
    if (longest) for (const spec of this.#pool.longest(Date.now())) this.#add(spec);
    const backfills = dose.backfills + dose.backfillKills;
    const missed: Extract<Life, { kind: 'point' }>[] = [];
    for (const [index, life] of lives.entries()) {
      this.#talk(share(fresh, lives.length, index), index < lives.length / 2);
      this.#telling.tell(share(told, lives.length, index));
      if (isBackfill(life)) this.#dig(Math.ceil(past / backfills));
      const { hit } = await this.#one(life);
      if (life.kind === 'point' && !hit) missed.push(life);
    }
    // There may have been too little to do, or a fault in the way.
    for (const life of missed) {
      if (isBackfill(life)) this.#dig(AGAIN);
      else this.#talk(AGAIN, false);
      if (isIntake(life)) this.#telling.tell(AGAIN);
      await this.#one({ ...life, nth: 1 });
    }
  }

  async #one(life: Life): Promise<Death> {
    const args = isBackfill(life) ? this.#backfill() : ['run'];
    if (isIntake(life)) this.#telling.tellEnough();
    const death = await this.#lived(life, args);
    const figures = this.#figures;
    figures.lives++;
    if (death.killed) figures.kills++;
    if (isIntake(life) && this.#telling.isOnDisk) figures.onlyTold.onDisk++;
    if (death.hit && life.kind === 'point') {
      figures.hits.set(life.point, (figures.hits.get(life.point) ?? 0) + 1);
    }
    if (death.stopMs !== undefined) figures.stops.push(death.stopMs);
    this.#note(life, death);
    this.#onLife();
    return death;
  }

  async #lived(life: Life, args: readonly string[]): Promise<Death> {
    const { environment } = this.#world;
    if (life.kind !== 'terminate' || life.collector === 'answers')
      return await live(life, args, environment, this.#telling.senders);
    const speakAgain = this.#world.silence();
    try {
      const patient = { ...environment, OTEL_EXPORTER_OTLP_TIMEOUT: PATIENT };
      return await live(life, args, patient, this.#telling.senders);
    } finally {
      speakAgain();
    }
  }

  #note(life: Life, { problem }: Death): void {
    if (problem === undefined) return;
    const stop = life.kind === 'terminate';
    const promised = stop
      ? 'an orderly stop ends with 0 within five seconds'
      : 'nothing but a kill ends the bridge';
    this.#broke(promised, `life ${this.#figures.lives} (${JSON.stringify(life)}): ${problem}`);
  }

  #broke(promised: Promised, ...problems: string[]): void {
    const { violations } = this.#figures;
    violations.set(promised, [...(violations.get(promised) ?? []), ...problems]);
  }

  #backfill(): string[] {
    const { since, until } = this.#stretch ?? { since: 0, until: Date.now() };
    const iso = (moment: number) => new Date(moment).toISOString();
    return ['backfill', '--since', iso(since), '--until', iso(until)];
  }

  /** Conversations of now: some that have just ended, and where there is time for it some in the middle. */
  #talk(count: number, withUnfinished: boolean): void {
    for (let nth = 0; nth < count; nth++) {
      const provider: Provider = this.#random.pick(PROVIDERS);
      const now = Date.now();
      if (!withUnfinished || this.#random.chance(0.6)) {
        const call = this.#add(this.#pool.fresh(provider, now));
        this.#telling.mayTell(call);
        continue;
      }
      const { spec, left } = this.#pool.unfinished(provider, now);
      this.#add(spec);
      this.#finishedAt = Math.max(this.#finishedAt, now + left);
    }
  }

  /** Conversations of a past that only a backfill looks at. */
  #dig(count: number): void {
    const { specs, stretch } = this.#pool.past(count, Date.now());
    for (const spec of specs) this.#add(spec);
    const { since, until } = this.#stretch ?? stretch;
    this.#stretch = { since: Math.min(since, stretch.since), until: Math.max(until, stretch.until) };
  }

  #add(spec: CallSpec): Call {
    const call = this.#world.add(spec);
    this.#expectation.add(call);
    return call;
  }

  /** Of how many nothing but a webhook could tell any more, which may come for longer than anybody watches. */
  async #mayWait(): Promise<number> {
    const ledger = await openLedger(this.#world.environment.CALLSPAN_STATE ?? '', { readOnly: true });
    try {
      const ids = new Map((await ledger.sources.all()).map(({ name, id }) => [name as string, id]));
      let waiting = 0;
      for (const [id, { truth, source }] of this.#expectation.conversations) {
        if (!mayAwaitWebhook(truth)) continue;
        const row = await ledger.conversations.get(ids.get(source) ?? 0, id);
        if (row?.state === 'due') waiting++;
      }
      return waiting;
    } finally {
      await ledger.close();
    }
  }

  /** Everybody behaves, and what is left is delivered. */
  async #settle(): Promise<void> {
    this.#world.calm();
    await sleep(Math.max(0, this.#finishedAt - Date.now()));
    this.#broke('what was answered with 200 is delivered', ...(await this.#telling.end()));
    let last = '';
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const { environment } = this.#world;
      const past = this.#stretch === undefined ? undefined : await callspan(this.#backfill(), environment);
      await callspan(['retry'], environment);
      const { code, stdout, stderr } = await callspan(['run', '--once'], environment);
      const pending = Number(/pending (\d+),/.exec(stdout)?.[1]);
      // The last export has little time: on a busy machine the next run has to tell what it left out.
      const isTold = !stderr.includes('the numbers cannot be exported');
      const isOver = code === 0 && (past?.code ?? 0) === 0 && isTold;
      if (isOver && (pending === 0 || pending === (await this.#mayWait()))) return;
      last = `${stdout.trim()}; ${stderr.trim().split('\n').at(-1)}; ${past?.stdout.trim()}`;
      await sleep(500);
    }
    this.#broke('nothing is missing', `still pending after ${MOST_ROUNDS} undisturbed rounds: ${last}`);
  }

  async #judge(): Promise<Figures> {
    const { sink, numbers, environment, faultsServed, poison } = this.#world;
    const expectation = this.#expectation;
    const figures = this.#figures;
    this.#broke('what nobody may keep is gone from the disk', ...(await this.#telling.forgotten()));
    this.#broke('nothing forged is taken, and nothing true refused', ...this.#telling.senders.problems);
    Object.assign(figures.webhooks, this.#telling.senders.figures);
    figures.onlyTold.conversations = this.#telling.conversations;
    const found = await audit({ sink, numbers, expectation, ledger: environment.CALLSPAN_STATE ?? '' });
    for (const [promised, problems] of found) this.#broke(promised, ...problems);
    for (const { truth, trace } of expectation.conversations.values()) {
      figures.conversations++;
      if (truth.fate === 'exported') figures.exported++;
      if (trace === undefined) continue;
      for (const { arrivals } of sink.spans(trace.id)) {
        figures.spans++;
        figures.repeated += arrivals - 1;
      }
    }
    figures.faults.vendors = faultsServed.vendors;
    figures.faults.collector = faultsServed.collector;
    Object.assign(figures.poison, poison);
    return figures;
  }
}

function isBackfill(life: Life): boolean {
  return life.kind === 'kill-backfill' || (life.kind === 'point' && life.point === 'during-backfill');
}

function isIntake(life: Life): life is Extract<Life, { kind: 'point' }> {
  return life.kind === 'point' && INTAKE.includes(life.point);
}

/** The part of `total` that falls to the `index`-th of `parts`. */
function share(total: number, parts: number, index: number): number {
  return Math.floor((total * (index + 1)) / parts) - Math.floor((total * index) / parts);
}
