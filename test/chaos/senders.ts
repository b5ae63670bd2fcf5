import { post } from '../../sandbox/index.ts';
import type { Running } from '../cli/program.ts';
import type { Webhook } from './webhooks.ts';

/** Webhooks on their way at a time. */
const AT_A_TIME = 3;
/** Before a webhook that was not taken is sent again, and before it is looked whether there is a new one; milliseconds. */
const PAUSE = 20;
/** A program that says no more where it listens after so long takes nothing; milliseconds. */
const PATIENCE = 20_000;

/** What the program says when its webhooks can come. */
const TAKEN = 'webhooks are taken';

/** All vendors' senders: what waits here is sent to whatever program lives, until one has answered it as it has to. */
export class Senders {
  /** Answered as it had to be; with anything else than that, or with nothing because nobody lived. */
  readonly figures = { answered: 0, refused: 0, unanswered: 0 };
  /** What was answered otherwise than it has to be. */
  readonly problems: string[] = [];
  readonly #waiting: Webhook[] = [];
  #underWay = 0;

  put(...webhooks: readonly Webhook[]): void {
    this.#waiting.push(...webhooks);
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0 && this.#underWay === 0;
  }

  /** Sends to a program until that has ended. */
  async serve(program: Running): Promise<void> {
    const over = program.ended.then(() => false);
    const heard = program.said(TAKEN).then(
      () => true,
      () => false,
    );
    if (!(await Promise.race([heard, over, later(PATIENCE, false)]))) return;
    const url = /"url":"([^"]+)","sources"/.exec(program.stderr())?.[1];
    if (url === undefined) throw new Error(`It does not say where it listens:\n${program.stderr()}`);
    let isOver = false;
    void over.then(() => {
      isOver = true;
    });
    await Promise.all(
      Array.from({ length: AT_A_TIME }, async () => {
        while (!isOver) {
          const webhook = this.#waiting.shift();
          if (webhook === undefined || !(await this.#send(url, webhook))) {
            await Promise.race([over, later(PAUSE, true)]);
          }
        }
      }),
    );
  }

  /** @returns whether it was answered; else it waits again. */
  async #send(url: string, webhook: Webhook): Promise<boolean> {
    this.#underWay++;
    const headers = webhook.sign(Date.now());
    const posted = await post(`${url}${webhook.path}`, webhook.body, { headers });
    this.#underWay--;
    const { figures } = this;
    if (posted.status === webhook.due) {
      if (webhook.due === 200) figures.answered++;
      else figures.refused++;
      return true;
    }
    if (posted.status !== undefined && posted.status !== 503) {
      this.problems.push(`a webhook of ${webhook.provider} was answered with ${posted.status}`);
      return true;
    }
    // Nobody is there any more, or somebody is about to go.
    this.#waiting.push(webhook);
    figures.unanswered++;
    return false;
  }
}

function later<Value>(millis: number, value: Value): Promise<Value> {
  return new Promise((resolve) => setTimeout(() => resolve(value), millis).unref());
}
