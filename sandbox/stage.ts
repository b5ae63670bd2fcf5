/**
 * A call is played on a stage: scenarios say what happens, the stage keeps the clock and writes down what
 * truly happened. Both vendors share it; what differs is published by their projections.
 */
import type { Agent, Turn } from './call.ts';
import { Caller } from './caller.ts';
import { drawRag } from './model.ts';
import { speakingSeconds } from './phrases.ts';
import { type Micros, micros, microsOf } from './time.ts';
import { holdUp, planned, type ToolPlan } from './tools.ts';
import type { TurnMetrics } from './turn-metrics.ts';

/** Whoever has said half of something goes on within so many seconds. */
const PATIENCE_SECONDS = 2;

export interface AgentLine {
  readonly text?: string;
  /** What is called before a word is said, one row after the other; all of it is part of the wait. */
  readonly silently?: readonly (readonly ToolPlan[])[];
  /** What is called while the agent says that it will: no part of the wait. */
  readonly announced?: readonly ToolPlan[];
  readonly rag?: boolean;
  /** Another agent takes over before a word is said, with first words of its own. */
  readonly by?: Agent;
  /** Start this long before the user has finished. ElevenLabs publishes nothing of it. */
  readonly overlapSeconds?: number;
  /** Something that nobody measures holds the answer up for so long. */
  readonly stallSeconds?: number;
}

export class Stage extends Caller {
  /** The first words of the agent, written beforehand: no one has asked yet, so there is no wait. */
  greet(): void {
    if (this.provider === 'elevenlabs' && !this.textOnly && this.random.chance(0.25)) this.dots(this.now);
    const opened = this.now + micros(this.random.between(0.3, 0.9));
    const tts = this.platform.greeting();
    this.now = opened + microsOf(tts) + 5000;
    const metrics = { turnDetection: 0, tts, felt: this.since(opened) };
    this.#speak(this.random.pick(this.phrases.greeting), metrics, {});
  }

  /** A noise that is taken for speech, and an agent that has not understood: nobody waits for that. */
  noise(): void {
    this.pause(0.5, 2);
    const start = this.now;
    this.now += micros(this.random.between(0.5, 1.5));
    this.add({ speaker: 'user', start, end: this.now, text: this.random.pick(NOISES), silent: true });
    this.answer({ text: this.random.pick(this.phrases.pardon) });
  }

  /** The user is silent until the agent asks whether anybody is there; at ElevenLabs both rows have the same second. */
  idle(text = this.random.pick(this.phrases.stillThere)): void {
    const silent = this.now;
    const turnDetection = this.platform.turnTimeout();
    this.pass(turnDetection);
    const metrics = this.#compose();
    if (this.provider === 'tavus') this.dots(silent + micros(2.5), micros(0.3));
    else if (this.provider === 'elevenlabs' && this.random.chance(0.85)) this.dots(this.now);
    this.#speak(text, { turnDetection, ...metrics, felt: this.since(silent) }, { model: true });
  }

  /** Tavus: the user types, and is answered before the message is echoed. */
  type(text = this.random.pick(this.phrases.user)): void {
    this.pause(1, 4);
    this.add({ speaker: 'user', start: this.now, end: this.now, text, typed: true });
    this.answer();
  }

  /** The agent says something unasked. */
  say(text: string): void {
    this.pause(0.5, 1);
    this.#speak(text, this.#compose(), { model: true });
  }

  /** The agent answers what the user said last. */
  answer(line: AgentLine = {}): void {
    const silent = this.now;
    const turnDetection = this.#listen();
    for (const plans of line.silently ?? []) this.#callSilently(plans, silent);
    const rag = line.rag === true ? drawRag(this.random) : undefined;
    if (rag !== undefined) this.pass(rag.latency);
    if (line.by !== undefined) this.handOver(line.by);
    const composed = line.by === undefined ? this.#compose() : this.#firstWords();
    this.now += micros(line.stallSeconds ?? 0);
    if (line.overlapSeconds !== undefined) this.now = silent - micros(line.overlapSeconds);
    const announced = line.announced ?? [];
    const text =
      line.text ?? this.random.pick(announced.length > 0 ? this.phrases.filler : this.phrases.agent);
    const tools = planned(announced, this.now, this.random);
    const metrics = {
      turnDetection,
      ...composed,
      ...(announced.length > 0 && composed.sentence !== undefined ? { generation: composed.sentence } : {}),
      felt: this.since(silent),
    };
    this.#speak(text, metrics, { model: line.by === undefined, rag, tools });
    if (announced.length === 0) return;
    this.now = Math.max(this.now, (tools[0]?.start ?? this.now) + holdUp(tools));
    this.#goOn(silent);
  }

  /** The second half of an answer, as a row of its own: still measured from the user's silence. */
  goOn(): void {
    const silent = this.asked?.end;
    if (silent === undefined) throw new Error('Nobody has asked what the agent would go on about');
    this.#goOn(silent);
  }

  /** The agent is about to speak, but the user goes on before a word of it is heard. */
  cutOff(): void {
    const silent = this.now;
    const turnDetection = this.#listen();
    const composed = this.#compose();
    const start = Math.min(this.now, silent + micros(PATIENCE_SECONDS));
    const done = start < this.now ? {} : composed;
    this.now = start;
    const metrics = { turnDetection, ...done, felt: this.since(silent) };
    const unheard = this.random.pick(this.phrases.agent);
    this.add({
      speaker: 'agent',
      start,
      end: start,
      text: '',
      unheard,
      interrupted: true,
      metrics,
      ...this.use(),
    });
    const text = this.random.pick(this.phrases.user);
    this.speak(start, text, micros(Math.max(0.9, Math.min(4, speakingSeconds(text, this.random)))));
  }

  /** The user goes on while a tool works of which nobody has said a word; the answer is to both. */
  goOnMeanwhile(plan: ToolPlan): void {
    this.callTool(plan);
    const done = this.now;
    const asked = (this.turns.findLast((turn) => turn.tools.length > 0)?.start ?? done) + micros(0.2);
    this.speak(asked, this.random.pick(this.phrases.stillThere), micros(1));
    const silent = this.now;
    const turnDetection = this.#listen();
    this.now = Math.max(this.now, done);
    const metrics = { turnDetection, ...this.#compose(), felt: this.since(silent) };
    this.#speak(this.random.pick(this.phrases.agent), metrics, { model: true });
  }

  /** The agent calls a tool without a word, unasked or as the last thing it does. */
  callTool(plan: ToolPlan, thinkingSeconds = 0): void {
    const silent = this.now;
    if (this.turns.at(-1)?.speaker === 'user') this.#listen();
    this.now += micros(thinkingSeconds);
    this.#callSilently([plan], silent);
  }

  /** A row in which nobody says anything. */
  emptyRow(): void {
    this.add({ speaker: 'agent', start: this.now, end: this.now, text: '' });
  }

  /** Passes what it takes to be sure that the user has finished, and to have understood. */
  #listen(): number {
    const turnDetection = this.platform.turnDetection();
    if (this.textOnly) return turnDetection;
    this.pass(turnDetection + (this.asked?.metrics.asr ?? 0));
    this.now -= this.platform.saved(turnDetection);
    return turnDetection;
  }

  #compose(): TurnMetrics {
    const composed = this.platform.compose();
    this.pass(composed.sentence + composed.tts);
    this.now += this.platform.unmeasured();
    return composed;
  }

  #firstWords(): TurnMetrics {
    const tts = this.platform.voice();
    this.pass(tts);
    this.now += this.platform.unmeasured();
    return { tts };
  }

  /** Adds a row that only calls tools, at the moment when the model has asked for them, and waits for them. */
  #callSilently(plans: readonly ToolPlan[], silent: Micros): void {
    const metrics = this.platform.request();
    this.pass(metrics.generation);
    const tools = planned(plans, this.now, this.random);
    const { now: start } = this;
    const row = { start, end: start, text: '', tools, metrics: { ...metrics, felt: this.since(silent) } };
    this.add({ speaker: 'agent', ...row, ...this.use() });
    this.now += holdUp(tools);
    if (this.provider === 'elevenlabs' && this.now - start > micros(0.8) && this.random.chance(0.2)) {
      this.hum(start + micros(0.2));
    }
    this.node = tools.flatMap((tool) => tool.steps).at(-1)?.node ?? this.node;
  }

  #goOn(silent: Micros): void {
    const metrics = this.#compose();
    const text = this.random.pick(this.phrases.agent);
    this.#speak(text, { ...metrics, felt: this.since(silent) }, { model: true });
  }

  #speak(
    text: string,
    metrics: TurnMetrics,
    { model, rag, tools = [] }: { model?: boolean; rag?: Turn['rag']; tools?: Turn['tools'] },
  ): void {
    const start = this.now;
    this.now += micros(Math.max(0.8, speakingSeconds(text, this.random)));
    const used = model === true ? this.use() : {};
    const found = rag === undefined ? {} : { rag };
    this.add({ speaker: 'agent', start, end: this.now, text, metrics, tools, ...used, ...found });
  }
}

/** How the transcription writes down what it cannot make out. */
const NOISES = ['!!', '...... !!!!', '…', '- -'];
