/**
 * A call is played on a stage: scenarios say what happens, the stage keeps the clock and writes down what
 * truly happened. Both vendors share it; what differs is published by their projections.
 */
import {
  type Agent,
  type Call,
  type ModelUse,
  type Note,
  type Provider,
  type Rag,
  type Reason,
  type ToolCall,
  type Turn,
  type TurnMetrics,
  toolEnd,
} from './call.ts';
import { drawWait, INAUDIBLE, published } from './measurement.ts';
import { drawModelUse, drawRag } from './model.ts';
import { type Phrases, phrasesOf, speakingSeconds } from './phrases.ts';
import type { Random } from './random.ts';
import { type Micros, micros, type Nanos, nanos } from './time.ts';
import { planned, TOOLS, type Tool, type ToolPlan } from './tools.ts';

/** Seconds that a user goes on within, or that an unanswered one is silent for: nothing between is played. */
export const SHORT_SILENCE_SECONDS = 3;
const LONG_SILENCE_SECONDS = 12;

export interface AgentLine {
  readonly text?: string;
  readonly tools?: readonly ToolPlan[];
  /** Say something before the tools run, so that they are no part of the wait. */
  readonly filler?: boolean;
  readonly rag?: boolean;
  /** Start this long before the user has finished. Tavus only: ElevenLabs publishes nothing of it. */
  readonly overlapSeconds?: number;
  /** Felt latency; drawn where it is left out. */
  readonly waitSeconds?: number;
}

export class Stage {
  readonly random: Random;
  readonly provider: Provider;
  readonly turns: Turn[] = [];
  readonly notes: Note[] = [];
  readonly agents: Agent[];
  readonly start: Micros;
  now: Micros;
  reason: Reason | undefined;
  language: string;
  /** Typed instead of spoken: nothing is heard, so nobody waits for a voice. */
  textOnly = false;
  /** Phases that this conversation does not publish. */
  readonly missing: Set<keyof TurnMetrics> = new Set();
  readonly model: string;

  constructor(
    provider: Provider,
    random: Random,
    start: Micros,
    agent: Agent,
    language: string,
    model: string,
  ) {
    this.provider = provider;
    this.random = random;
    this.start = start;
    this.now = start;
    this.agents = [agent];
    this.language = language;
    this.model = model;
  }

  get phrases(): Phrases {
    return phrasesOf(this.language);
  }

  /** Nothing happens. Silences that a reader would have to guess about are refused. */
  silence(seconds: number): void {
    if (seconds >= SHORT_SILENCE_SECONDS && seconds <= LONG_SILENCE_SECONDS) {
      throw new RangeError(`A silence of ${seconds} s is neither short nor long`);
    }
    this.now += micros(seconds);
  }

  /** Somebody is thinking, reading or fetching a letter, after the agent has spoken. */
  pause(shortest: number, longest: number): void {
    this.now += micros(this.random.between(shortest, longest));
  }

  /** The first words of the agent: no one has asked yet, so there is no wait. */
  greet(): void {
    this.pause(0.3, 0.9);
    this.#speak(this.random.pick(this.phrases.greeting), this.#measured({ tts: this.#draw(0.12, 0.3) }), {});
  }

  /** The user says something after the agent is done. */
  user(text = this.random.pick(this.phrases.user), limitSeconds = 6): void {
    this.pause(0.3, 2);
    const length = micros(Math.min(limitSeconds, speakingSeconds(text, this.random)));
    this.#add({ speaker: 'user', start: this.now, end: this.now + length, text });
    this.now += length;
  }

  /** The user talks into the agent's last words, and the agent stops. */
  bargeIn(): void {
    const agent = this.turns.at(-1);
    if (agent === undefined || agent.speaker !== 'agent' || agent.text === '') {
      throw new Error('Only an agent that speaks can be interrupted');
    }
    const start = agent.start + Math.round((agent.end - agent.start) * this.random.between(0.3, 0.7));
    const letters = [...agent.text];
    agent.text = letters
      .slice(0, Math.ceil(letters.length / 2))
      .join('')
      .trimEnd();
    agent.end = start + micros(this.random.between(0.2, 0.6));
    agent.interrupted = true;
    const text = this.random.pick(this.phrases.user);
    const length = micros(Math.max(0.9, Math.min(6, speakingSeconds(text, this.random))));
    this.#add({ speaker: 'user', start, end: start + length, text });
    this.now = start + length;
  }

  /** ElevenLabs writes down that the caller was silent. The agent always has the next word. */
  silentUser(): void {
    this.pause(4, 9);
    this.#add({ speaker: 'user', start: this.now, end: this.now + micros(1), text: '...', silent: true });
    this.now += micros(1);
  }

  /** The agent says something unasked. */
  prompt(text = this.random.pick(this.phrases.stillThere)): void {
    this.pause(0.5, 1);
    this.#speak(text, this.#measured({ llm: this.#draw(0.2, 0.6), tts: this.#draw(0.12, 0.3) }), {
      model: true,
    });
  }

  /** The agent answers what the user said last. */
  answer(line: AgentLine = {}): void {
    const heard = this.now;
    const rag = line.rag === true ? drawRag(this.random) : undefined;
    const metrics = this.#measured({
      turnDetection: this.#draw(0.15, 0.7),
      llm: this.#draw(0.18, 0.9),
      tts: this.#draw(0.1, 0.35),
    });
    const asked = line.tools ?? [];
    const silentTools = line.filler === true ? [] : asked;
    const toolLength = silentTools.length > 0 ? this.#callSilently(silentTools, metrics.llm) : 0;
    const wait = line.waitSeconds === undefined ? this.#felt(metrics, rag) : nanos(line.waitSeconds);
    const felt = wait + toolLength * 1000;
    const overlap = line.overlapSeconds;
    this.now = overlap === undefined ? heard + Math.round(felt / 1000) : heard - micros(overlap);
    const text = line.text ?? this.random.pick(line.filler ? this.phrases.filler : this.phrases.agent);
    const tools = line.filler ? planned(asked, this.now, this.random) : [];
    this.#speak(text, metrics, { model: true, wait: felt, rag, tools });
    if (line.filler) this.#continue(metrics, tools);
  }

  /** The agent calls a tool without a word, unasked or as the last thing it does. */
  callTool(plan: ToolPlan): void {
    this.now += this.#callSilently([plan], this.#draw(0.18, 0.9));
  }

  /** A row in which nobody says anything. */
  emptyRow(): void {
    this.#add({ speaker: 'agent', start: this.now, end: this.now, text: '' });
  }

  /** From now on another agent speaks. */
  handOver(agent: Agent): void {
    this.agents.push(agent);
  }

  note(text: string): void {
    this.notes.push({ at: this.now, text });
  }

  /** A tool of the general catalogue. */
  drawTool(): Tool {
    return this.random.pick(TOOLS);
  }

  /** Several at once: different ones, but for the first, which is called twice about different things. */
  drawTools(count: number): Tool[] {
    const [first, ...others] = TOOLS;
    if (count === 1 || first === undefined) return [this.drawTool()];
    return [first, first, ...this.random.shuffled(others)].slice(0, count);
  }

  end(reason: Reason | undefined): void {
    this.reason = reason;
  }

  /** After a tool that was announced: the model goes on, and its first token was measured before. */
  #continue(metrics: TurnMetrics, tools: readonly ToolCall[]): void {
    const worked = Math.max(0, ...tools.filter((tool) => !tool.deferred).map((tool) => tool.latency));
    this.now = Math.max(this.now, (tools[0]?.start ?? this.now) + Math.round(worked / 1000)) + micros(0.2);
    const { llm, tts } = metrics;
    const repeated = { ...(llm === undefined ? {} : { llm }), ...(tts === undefined ? {} : { tts }) };
    this.#speak(this.random.pick(this.phrases.agent), repeated, { model: true });
  }

  /**
   * Adds a row that only calls tools, at the moment when the model asks for them; returns how long they took.
   * What the model took for its first token is measured once, and told by this row and by the answer.
   */
  #callSilently(plans: readonly ToolPlan[], llm: Nanos | undefined): Micros {
    const tools = planned(plans, this.now + micros(this.random.between(0.2, 0.5)), this.random);
    const first = tools[0];
    if (first === undefined) return 0;
    const metrics = llm === undefined ? {} : this.#measured({ llm });
    this.#add({
      speaker: 'agent',
      start: first.start,
      end: first.start,
      text: '',
      tools,
      metrics,
      ...this.#use(),
    });
    const longest = Math.max(0, ...tools.map((tool) => (tool.deferred ? 0 : tool.latency)));
    return first.start - this.now + Math.round(longest / 1000);
  }

  #speak(
    text: string,
    metrics: TurnMetrics,
    more: { model?: boolean; wait?: Nanos; rag?: Turn['rag']; tools?: readonly ToolCall[] },
  ): void {
    const start = this.now;
    this.now += micros(Math.max(0.8, speakingSeconds(text, this.random)));
    const heard = this.provider === 'elevenlabs' && !this.textOnly;
    this.#add({
      speaker: 'agent',
      start,
      end: this.now,
      text,
      metrics,
      ...(more.wait !== undefined && heard ? { wait: more.wait } : {}),
      ...(more.model ? this.#use() : {}),
      ...(more.rag === undefined ? {} : { rag: more.rag }),
      ...(more.tools === undefined ? {} : { tools: more.tools }),
    });
  }

  #add(turn: Partial<Turn> & Pick<Turn, 'speaker' | 'start' | 'end' | 'text'>): void {
    const asr =
      turn.speaker === 'user' && turn.silent !== true ? this.#measured({ asr: this.#draw(0.02, 0.3) }) : {};
    const inferred = this.provider === 'tavus' && turn.speaker === 'agent' && turn.text !== '';
    this.turns.push({
      agent: this.agents.length - 1,
      silent: false,
      interrupted: false,
      metrics: asr,
      tools: [],
      ...(inferred ? { inferenceId: this.random.hex(32) } : {}),
      ...turn,
    });
  }

  /** Tavus says nothing of models. */
  #use(): { model?: ModelUse } {
    return this.provider === 'tavus' ? {} : { model: drawModelUse(this.random, this.model) };
  }

  /** What of a set of measurements this conversation publishes. */
  #measured(metrics: TurnMetrics): TurnMetrics {
    if (this.provider === 'tavus') return {};
    return published(metrics, this.textOnly ? INAUDIBLE : this.missing);
  }

  #felt(metrics: TurnMetrics, rag: Rag | undefined): Nanos {
    const heard = this.turns.findLast((turn) => turn.speaker === 'user');
    return drawWait(
      [heard?.metrics.asr, metrics.turnDetection, rag?.latency, metrics.llm, metrics.tts],
      this.random,
    );
  }

  #draw(shortest: number, longest: number): Nanos {
    return nanos(this.random.between(shortest, longest));
  }
}

/** What a stage has recorded, in order of start. A tool that works longer than the call is cut off by its end. */
export function recorded(stage: Stage): Pick<Call, 'turns' | 'agents' | 'language'> {
  const turns = stage.turns
    .map((turn, place) => ({ turn, place }))
    .sort((left, right) => left.turn.start - right.turn.start || left.place - right.place)
    .map(({ turn }) =>
      turn.tools.length === 0 ? turn : { ...turn, tools: turn.tools.map(within(stage.now)) },
    );
  return { turns, agents: stage.agents, language: stage.language };
}

function within(end: Micros): (tool: ToolCall) => ToolCall {
  return (tool) => (toolEnd(tool) <= end ? tool : { ...tool, latency: (end - tool.start) * 1000 });
}
