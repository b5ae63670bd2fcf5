import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { listen } from './test-server.ts';

export interface ConnectProxy {
  readonly port: number;
  /** What was asked for, in order. */
  readonly tunnels: { readonly authority: string; readonly authorization?: string | undefined }[];
}

/**
 * A proxy that opens tunnels, all of them to `targetPort` on the loopback interface whatever the name asked for: so
 * the tests can use names that exist nowhere, and know that the proxy was used.
 */
export async function startConnectProxy(
  targetPort: number,
  { authorization, silent = false }: { authorization?: string; silent?: boolean } = {},
): Promise<ConnectProxy> {
  const tunnels: ConnectProxy['tunnels'] = [];
  const sockets = new Set<Socket>();
  const server = createServer((_, response) => response.writeHead(501).end());
  server.on('connection', (socket: Socket) => sockets.add(socket));
  server.on('connect', (request, client: Socket) => {
    tunnels.push({ authority: request.url ?? '', authorization: request.headers['proxy-authorization'] });
    client.on('error', () => undefined);
    if (silent) return;
    if (authorization !== undefined && request.headers['proxy-authorization'] !== authorization) {
      client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
      return;
    }
    const target = connect(targetPort, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      target.pipe(client);
      client.pipe(target);
    });
    sockets.add(target);
    target.on('error', () => client.destroy());
    client.on('close', () => target.destroy());
  });
  const port = await listen(server);
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port, tunnels };
}
