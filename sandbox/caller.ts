import { speakingSeconds } from './phrases.ts';
import { Recording } from './recording.ts';
import { type Micros, micros } from './time.ts';

/** What the user does in a call. */
export class Caller extends Recording {
  /** The user says something after the agent is done. */
  user(text = this.random.pick(this.phrases.user), limitSeconds = 6): void {
    this.pause(0.3, 2);
    this.speak(this.now, text, micros(Math.min(limitSeconds, speakingSeconds(text, this.random))));
  }

  /** The user talks into the agent's last words, and the agent stops. */
  bargeIn(): void {
    const agent = this.spoken;
    if (agent === undefined || this.turns.findLast((turn) => !turn.backchannel) !== agent) {
      throw new Error('Only an agent that speaks can be interrupted');
    }
    const into = agent.start + Math.round((agent.end - agent.start) * this.random.between(0.3, 0.7));
    const start = Math.max(into, ...this.turns.filter((turn) => turn.backchannel).map((turn) => turn.end));
    const letters = [...agent.text];
    agent.text = letters
      .slice(0, Math.ceil(letters.length / 2))
      .join('')
      .trimEnd();
    agent.end = start + micros(this.random.between(0.2, 0.6));
    agent.interrupted = true;
    const text = this.random.pick(this.phrases.user);
    this.speak(start, text, micros(Math.max(0.9, Math.min(6, speakingSeconds(text, this.random)))));
  }

  /** The user hums while the agent speaks, which goes on: to the platform that is no turn. */
  backchannel(): void {
    const agent = this.spoken;
    if (agent === undefined) throw new Error('Nobody hums at an agent that has said nothing');
    this.hum(agent.start + Math.round((agent.end - agent.start) * this.random.between(0.3, 0.6)), agent.end);
  }

  /** At a moment, and no longer than to another. */
  protected hum(start: Micros, before = Number.POSITIVE_INFINITY): void {
    const end = Math.min(before, start + micros(0.4));
    const metrics = { asr: this.platform.transcription() };
    const text = this.random.pick(this.phrases.backchannel);
    this.add({ speaker: 'user', start, end, text, backchannel: true, metrics });
  }

  /** From a moment on, for so long. */
  protected speak(start: Micros, text: string, length: Micros): void {
    const metrics = { asr: this.platform.transcription() };
    this.add({ speaker: 'user', start, end: start + length, text, metrics });
    this.now = start + length;
  }

  /** Vendors write down that the user was silent; ElevenLabs when the agent has broken the silence. */
  protected dots(at: Micros, length: Micros = 0): void {
    this.add({ speaker: 'user', start: at, end: at + length, text: '...', silent: true });
  }
}
