import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A backend that takes everything, or nothing for as long as it is blocked. It stands where Tempo would be. */
export class Sink {
  readonly url: string;
  /** Requests answered with 200 so far, by path, e.g. `/v1/traces`. */
  readonly accepted = new Map<string, number>();
  /** Requests turned away while blocked. */
  refused = 0;
  #blockedWith: number | undefined;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('request', (request, response) => {
      request.resume();
      request.once('end', () => {
        const path = request.url ?? '/';
        if (this.#blockedWith === undefined) this.accepted.set(path, (this.accepted.get(path) ?? 0) + 1);
        else this.refused += 1;
        // An empty body is a protobuf ExportTraceServiceResponse in which nothing was rejected.
        response.writeHead(this.#blockedWith ?? 200, { 'content-type': 'application/x-protobuf' }).end();
      });
    });
  }

  static async open(): Promise<Sink> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Sink(server);
  }

  /** From now on every request is answered with this status; 503 is one that exporters repeat. */
  block(status = 503): void {
    this.#blockedWith = status;
  }

  unblock(): void {
    this.#blockedWith = undefined;
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }
}
