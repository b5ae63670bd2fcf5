import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Ran, run, type Stage } from './commands.ts';

/**
 * A sandbox that stays up for a test, and settings that lead there; what there is has been delivered once.
 * @param bin folder with the program `callspan`.
 * @param cwd folder that commands are run in.
 */
export async function openStage(bin: string, cwd: string): Promise<Stage> {
  const child = spawn(
    'callspan',
    ['sandbox', '--collector-port', '0', '--store-port', '0', '--every', '0s'],
    {
      ...{ cwd, stdio: ['ignore', 'pipe', 'inherit'] as const },
      env: {
        PATH: `${bin}:${process.env.PATH}`,
        ...(process.env.TMPDIR === undefined ? {} : { TMPDIR: process.env.TMPDIR }),
      },
    },
  );
  onTestFinished(async () => {
    const closed = once(child, 'close');
    child.kill('SIGTERM');
    await closed;
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  while (!text.includes('# ready')) await once(child.stdout, 'data');
  const settings = Object.fromEntries(
    [...text.matchAll(/^export (\w+)=(.*)$/gm)].map(([, name, value]) => [name, value]),
  );
  const ids = new Map(
    [...text.matchAll(/^# a conversation: (\w+) (\S+)$/gm)].map(([, provider, id]) => [
      provider ?? '',
      id ?? '',
    ]),
  );
  const store = /callspan verify (\S+)/.exec(text)?.[1] ?? '';
  const stage: Stage = { bin, cwd, ids, store, settings: settings as Record<string, string> };
  await prepared(stage);
  return stage;
}

/** Files that pages name. */
async function prepared(stage: Stage): Promise<Ran> {
  const { cwd, ids } = stage;
  const ran = await run('callspan run --once', stage);
  await writeFile(join(cwd, 'callspan.yaml'), (await run('callspan config print', stage)).output);
  const [[provider, id] = []] = ids;
  await run(`callspan capture ${provider} ${id} payload.json`, stage);
  return ran;
}
