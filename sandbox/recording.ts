import {
  type Agent,
  type Call,
  type ModelUse,
  type Note,
  type Provider,
  type Reason,
  type ToolCall,
  type Turn,
  toolEnd,
} from './call.ts';
import { drawModelUse } from './model.ts';
import { type Phrases, phrasesOf } from './phrases.ts';
import { Platform } from './platform.ts';
import type { Random } from './random.ts';
import { type Micros, micros, microsOf, type Nanos, nanosOf } from './time.ts';
import { TOOLS, type Tool } from './tools.ts';

/** Seconds that a user goes on within, or that an unanswered one is silent for: nothing between is played. */
export const SHORT_SILENCE_SECONDS = 3;
const LONG_SILENCE_SECONDS = 12;

/** The clock of a call, who takes part in it, and all that truly happened by now. */
export class Recording {
  readonly random: Random;
  readonly provider: Provider;
  readonly platform: Platform;
  readonly turns: Turn[] = [];
  readonly notes: Note[] = [];
  readonly agents: Agent[];
  readonly start: Micros;
  now: Micros;
  reason: Reason | undefined;
  language: string;
  /** Typed instead of spoken: nothing is heard, so nobody waits for a voice. */
  textOnly = false;
  /** The node of the workflow that the agent stands in, where it has one. */
  node: string | undefined;
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
    this.platform = new Platform(random);
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

  /** From now on another agent speaks. */
  handOver(agent: Agent): void {
    this.agents.push(agent);
  }

  note(text: string): void {
    this.notes.push({ at: this.now, text });
  }

  end(reason: Reason | undefined): void {
    this.reason = reason;
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

  protected add(turn: Partial<Turn> & Pick<Turn, 'speaker' | 'start' | 'end' | 'text'>): void {
    const inferred = this.provider === 'tavus' && turn.speaker === 'agent' && turn.text !== '';
    const added: Turn = {
      agent: this.agents.length - 1,
      silent: false,
      backchannel: false,
      typed: false,
      interrupted: false,
      metrics: {},
      tools: [],
      ...(inferred ? { inferenceId: this.random.hex(32) } : {}),
      ...(this.node === undefined || turn.speaker === 'user' ? {} : { node: this.node }),
      ...turn,
    };
    this.turns.push(added);
  }

  /** The agent's latest words. */
  protected get spoken(): Turn | undefined {
    return this.turns.findLast((turn) => turn.speaker === 'agent' && turn.text !== '');
  }

  /** What the user said last that is a turn. */
  protected get asked(): Turn | undefined {
    return this.turns.findLast((turn) => turn.speaker === 'user' && !turn.silent && !turn.backchannel);
  }

  protected pass(length: Nanos): void {
    this.now += microsOf(length);
  }

  protected since(instant: Micros): Nanos {
    return nanosOf(this.now - instant);
  }

  /** ElevenLabs says which model it was and what each answer took of it, Vapi what all took together. */
  protected use(): { model?: ModelUse } {
    const isTold = this.provider === 'elevenlabs' || this.provider === 'vapi';
    return isTold ? { model: drawModelUse(this.random, this.model) } : {};
  }
}

/** What was recorded, in order of start. A tool that works longer than the call is cut off by its end. */
export function recorded(recording: Recording): Pick<Call, 'turns' | 'agents' | 'language'> {
  const turns = recording.turns
    .map((turn, place) => ({ turn, place }))
    .sort((left, right) => left.turn.start - right.turn.start || left.place - right.place)
    .map(({ turn }) =>
      turn.tools.length === 0 ? turn : { ...turn, tools: turn.tools.map(within(recording.now)) },
    );
  return { turns, agents: recording.agents, language: recording.language };
}

function within(end: Micros): (tool: ToolCall) => ToolCall {
  return (tool) => (toolEnd(tool) <= end ? tool : { ...tool, latency: nanosOf(end - tool.start) });
}
