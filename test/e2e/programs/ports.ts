import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

const HOST = '127.0.0.1';
const BLOCK = 16;
// Below the range from which systems take the ports of outgoing connections.
const FIRST = 20_000;
const BLOCKS = 750;

/**
 * Ports on 127.0.0.1 for programs that must be told theirs before they start, and keep them over a restart.
 *
 * Asking for a free port and letting it go again is a race. A block's first port stays open here for as long
 * as the block is in use, so two stacks, in whatever processes, never share one.
 */
export class Ports {
  readonly #lock: Server;
  readonly #free: number[];

  private constructor(lock: Server, free: number[]) {
    this.#lock = lock;
    this.#free = free;
  }

  /** Takes a block of fifteen ports, none of which anyone listens on. */
  static async take(): Promise<Ports> {
    const start = randomInt(BLOCKS);
    for (let offset = 0; offset < BLOCKS; offset++) {
      const base = FIRST + ((start + offset) % BLOCKS) * BLOCK;
      const lock = await listen(base);
      if (lock === undefined) continue;
      const ports = Array.from({ length: BLOCK - 1 }, (_, index) => base + 1 + index);
      const probes = await Promise.all(ports.map(listen));
      await Promise.all(probes.map((probe) => probe && close(probe)));
      if (probes.every((probe) => probe !== undefined)) return new Ports(lock, ports);
      await close(lock);
    }
    throw new Error(`No block of ${BLOCK} free ports from ${FIRST} on`);
  }

  next(): number {
    const port = this.#free.shift();
    if (port === undefined) throw new Error(`A block has ${BLOCK - 1} ports, and all are taken`);
    return port;
  }

  async release(): Promise<void> {
    await close(this.#lock);
  }
}

async function listen(port: number): Promise<Server | undefined> {
  const server = createServer();
  server.listen(port, HOST);
  try {
    await once(server, 'listening');
    return server;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return undefined;
    throw error;
  }
}

async function close(server: Server): Promise<void> {
  server.close();
  await once(server, 'close');
}
