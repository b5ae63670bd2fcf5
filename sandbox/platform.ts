/**
 * What a voice platform does between the caller's last sound and the agent's first, piece by piece. The pieces
 * come one after the other, so in recorded calls they add up to the wait, but for some 20 to 40 ms.
 */
import type { Random } from './random.ts';
import { type Micros, micros, microsOf, type Nanos, nanosOf } from './time.ts';

/** What a model takes for words, and what its answer waits for before it is heard. */
export interface Composition {
  readonly llm: Nanos;
  readonly sentence: Nanos;
  readonly tts: Nanos;
}

export class Platform {
  readonly #random: Random;
  /** It asks the model before it is sure that the caller has finished, so that pieces overlap. */
  readonly isEager: boolean;

  constructor(random: Random) {
    this.#random = random;
    this.isEager = random.chance(0.08);
  }

  /** How long it listens for more before it answers. */
  turnDetection(): Nanos {
    return this.#draw(0.2, 0.6);
  }

  /** From the caller's last sound to the final transcript. */
  transcription(): Nanos {
    return this.#draw(0.02, 0.12);
  }

  /** How much of its listening an eager platform saves. */
  saved(turnDetection: Nanos): Micros {
    return this.isEager ? microsOf(turnDetection * this.#random.between(0.4, 0.8)) : 0;
  }

  /** A request of a tool: its first token, and all of it. */
  request(): { llm: Nanos; generation: Nanos } {
    const llm = this.#firstToken();
    return { llm, generation: llm + this.#draw(0.01, 0.35) };
  }

  compose(): Composition {
    const llm = this.#firstToken();
    return { llm, sentence: llm + this.#draw(0.06, 0.45), tts: this.voice() };
  }

  /** From a sentence to its first sound. */
  voice(): Nanos {
    return this.#draw(0.075, 0.16);
  }

  /** A sentence that was written beforehand, spoken as soon as the line is open. */
  greeting(): Nanos {
    return this.#draw(0.075, 0.094);
  }

  /** The way of the sound to the caller and what else nobody measures. */
  unmeasured(): Micros {
    return micros(this.#random.between(0.02, 0.04));
  }

  /** The silence after which an agent asks whether anybody is there. */
  turnTimeout(): Nanos {
    return this.#draw(11.9, 12.2);
  }

  #firstToken(): Nanos {
    return this.#random.chance(0.05) ? this.#draw(1.5, 3) : this.#draw(0.22, 0.85);
  }

  #draw(shortest: number, longest: number): Nanos {
    return nanosOf(micros(this.#random.between(shortest, longest)));
  }
}
