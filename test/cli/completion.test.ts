import { execFileSync, spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { callspan } from './program.ts';

const has = (shell: string) => spawnSync(shell, ['--version']).status === 0;

async function commands(): Promise<string[]> {
  const { stdout } = await callspan(['--help']);
  const listed = stdout.slice(stdout.indexOf('Commands:'), stdout.indexOf('Settings come'));
  return [...listed.matchAll(/^ {2}([a-z][a-z-]*) /gm)]
    .map(([, name]) => String(name))
    .filter((name) => name !== 'help');
}

describe('the completion of a shell', () => {
  test.skipIf(!has('bash'))('offers bash every command, and the options of each', async () => {
    const { code, stdout } = await callspan(['completion', 'bash']);
    expect(code).toBe(0);
    const offered = (...words: string[]) =>
      execFileSync('bash', [
        '-c',
        `${stdout}\nCOMP_WORDS=(callspan "$@"); COMP_CWORD=$#; _callspan; echo "\${COMPREPLY[@]}"`,
        'bash',
        ...words,
      ])
        .toString()
        .trim()
        .split(' ');
    expect(offered('')).toEqual([...(await commands()), '--help', '--version']);
    expect(offered('st')).toEqual(['status']);
    expect(offered('list', '--s')).toEqual(['--since', '--source', '--slow', '--sort']);
  });

  test('names every command to zsh and fish', async () => {
    for (const shell of ['zsh', 'fish']) {
      const { code, stdout } = await callspan(['completion', shell]);
      expect(code).toBe(0);
      for (const name of await commands()) expect(stdout).toContain(name);
    }
  });

  test('refuses a shell that it does not know', async () => {
    const { code, stderr } = await callspan(['completion', 'constructor']);
    expect(code).toBe(2);
    expect(stderr).toContain('expected one of bash, zsh, fish');
  });
});

test('the help of every command ends with examples of it', async () => {
  for (const name of await commands()) {
    const { stdout } = await callspan([name, '--help']);
    expect(stdout).toMatch(new RegExp(`Examples:\\n {2}callspan ${name}`));
  }
});
