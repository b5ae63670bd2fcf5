import { once } from 'node:events';
import { createServer } from 'node:net';
import { EVERYWHERE, type ListenAddress } from '../config/telemetry.ts';
import { type Finding, good, note, problem } from './finding.ts';

/** So many ports behind the one that is taken are looked at for a free one. */
const MOST_TRIED = 20;

/** Whether the address can be listened on; where something answers there already, what that is. @param variable which says it. */
export async function examineListener(
  variable: 'CALLSPAN_LISTEN' | 'CALLSPAN_WEBHOOKS',
  { host, port }: ListenAddress,
  signal: AbortSignal,
): Promise<Finding> {
  const shown = host === EVERYWHERE ? '' : host.includes(':') ? `[${host}]` : host;
  const subject = `${shown}:${port}`;
  const code = await refusal(host, port);
  if (code === undefined) return good('listener', subject, 'can be listened on');
  const said = `${variable}=${subject}: that address cannot be listened on (${code})`;
  const costs = 'the bridge ends with exit code 2';
  if (code !== 'EADDRINUSE') {
    const mend = `export ${variable}=${code === 'EACCES' ? `${shown}:9464` : ':9464'}`;
    return problem('listener', subject, { said, mend }, costs);
  }
  if (await isCallspan(subject, signal)) {
    return note(
      'listener',
      subject,
      { said: 'a callspan answers there', mend: `export ${variable}=${shown}:${port + 1}` },
      'a second one on the same address ends with exit code 2',
    );
  }
  for (let next = port + 1; next <= Math.min(65_535, port + MOST_TRIED); next++) {
    if ((await refusal(host, next)) === undefined)
      return problem('listener', subject, { said, mend: `export ${variable}=${shown}:${next}` }, costs);
  }
  return problem('listener', subject, { said, mend: `export ${variable}=${shown}:<a free port>` }, costs);
}

/** Why an address cannot be listened on; undefined where it can. */
async function refusal(host: string, port: number): Promise<string | undefined> {
  const server = createServer();
  try {
    server.listen(port, host === EVERYWHERE ? undefined : host);
    await once(server, 'listening');
    return undefined;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  } finally {
    server.close();
  }
}

async function isCallspan(address: string, signal: AbortSignal): Promise<boolean> {
  const place = address.replace(/^(?:0\.0\.0\.0)?:/, '127.0.0.1:');
  try {
    const answer = await fetch(`http://${place}/`, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(5_000)]),
    });
    return (await answer.text()).startsWith('there are /healthz');
  } catch {
    signal.throwIfAborted();
    return false;
  }
}
