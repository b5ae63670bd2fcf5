import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { SERVER } from './contestant.ts';
import type { Order, Told } from './server.ts';

/** The other side of every round: vendor and collector, in a process of their own. */
export class ServerProcess {
  readonly url: string;
  readonly #server: ChildProcess;

  private constructor(server: ChildProcess, url: string) {
    this.#server = server;
    this.url = url;
  }

  static async start(): Promise<ServerProcess> {
    // Without the loader that this program runs under: it would slow the server down.
    const server = fork(SERVER, { execArgv: [] });
    const [told] = (await once(server, 'message')) as [Told];
    if (told.kind !== 'open') throw new Error('the server did not open');
    return new ServerProcess(server, told.url);
  }

  send(order: Order): void {
    this.#server.send(order);
  }

  async ask<Kind extends Told['kind']>(order: Order, kind: Kind): Promise<Extract<Told, { kind: Kind }>> {
    const heard = this.hear(kind);
    this.send(order);
    return await heard;
  }

  /** What the server says next of this kind. @throws where it ends instead. */
  async hear<Kind extends Told['kind']>(kind: Kind): Promise<Extract<Told, { kind: Kind }>> {
    return await new Promise((resolve, reject) => {
      const stop = () => {
        this.#server.off('message', onMessage);
        this.#server.off('exit', onExit);
      };
      const onMessage = (told: Told) => {
        if (told.kind !== kind) return;
        stop();
        resolve(told as Extract<Told, { kind: Kind }>);
      };
      const onExit = () => {
        stop();
        reject(new Error('the server has ended'));
      };
      this.#server.on('message', onMessage);
      this.#server.on('exit', onExit);
    });
  }

  async close(): Promise<void> {
    const gone = once(this.#server, 'exit');
    this.#server.kill();
    await gone;
  }
}
