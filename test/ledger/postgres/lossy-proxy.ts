import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/**
 * Between a client and a server: hands on what both say, and at a COMMIT loses the answer, or the command, with the
 * connection. What it knows of the protocol is only where a message of the client begins.
 */
export class LossyProxy {
  readonly url: string;
  /** How many COMMITs were struck. */
  lost = 0;
  readonly #server: Server;
  readonly #target: URL;
  readonly #sockets = new Set<Socket>();
  #next: 'reply' | 'command' | undefined;
  #rate = 0;
  #random: () => number = Math.random;
  #isStill = false;

  private constructor(server: Server, target: URL, url: string) {
    this.#server = server;
    this.#target = target;
    this.url = url;
    server.on('connection', (client) => this.#carry(client));
  }

  static async start(target: string): Promise<LossyProxy> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('The proxy has no port.');
    const url = new URL(target);
    url.port = String(address.port);
    return new LossyProxy(server, new URL(target), url.href);
  }

  /** The next COMMIT is lost. */
  loseNext(what: 'reply' | 'command'): void {
    this.#next = what;
  }

  /** From now on such a share of the COMMITs is. */
  lose(rate: number, random: () => number): void {
    this.#rate = rate;
    this.#random = random;
  }

  /** Ends every connection. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** From now on nothing is handed on, and nothing ends; or it is again. */
  still(isStill: boolean): void {
    this.#isStill = isStill;
    for (const socket of this.#sockets) {
      if (isStill) socket.pause();
      else socket.resume();
    }
  }

  async close(): Promise<void> {
    this.#server.close();
    this.cut();
    await once(this.#server, 'close');
  }

  #carry(client: Socket): void {
    const server = connect(Number(this.#target.port), this.#target.hostname);
    let isMute = false;
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(socket);
      if (this.#isStill) socket.pause();
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
    client.on('data', (chunk) => {
      const loss = isCommit(chunk) ? this.#draw() : undefined;
      if (loss === 'command') {
        client.destroy();
        return;
      }
      if (loss === 'reply') isMute = true;
      server.write(chunk);
    });
    server.on('data', (chunk) => {
      // It has been done, and nobody is told.
      if (isMute) client.destroy();
      else client.write(chunk);
    });
  }

  #draw(): 'reply' | 'command' | undefined {
    const next =
      this.#next ?? (this.#random() < this.#rate ? (this.#random() < 0.8 ? 'reply' : 'command') : undefined);
    this.#next = undefined;
    if (next !== undefined) this.lost++;
    return next;
  }
}

/** A query of its own (`Q`), or at the end of a script. */
function isCommit(chunk: Buffer): boolean {
  return chunk.includes('COMMIT\0') && !chunk.includes('BEGIN');
}
