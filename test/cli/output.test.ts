import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import { link, lstat, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { elevenLabsConversation, simulateCall } from '../../sandbox/index.ts';
import { openLedger } from '../../src/ledger/sqlite/sqlite-ledger.ts';
import { callspan, type Ended } from './program.ts';

const PROGRAM = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));
const HOSTILE = 'a\x1b]0;x\x07\u009b2J\u202eb\u2028c\r\nd\ud800';
const isHarmful = (character: string) => /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/u.test(character);
const harmfulIn = (text: string) =>
  [...text].filter((character) => character !== '\n' && isHarmful(character));

let folder: string;
let payload: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'callspan-output-'));
  payload = join(folder, 'payload.json');
  const call = simulateCall({
    ...{ provider: 'elevenlabs', seed: 3, index: 0, startAt: Date.UTC(2026, 9, 1), scenario: 'tool-error' },
    shape: 'full',
  });
  const body = elevenLabsConversation(call as never, {
    at: call.terminalAt + 86_400_000_000,
    format: 'opentelemetry',
  }) as Record<string, unknown>;
  await writeFile(payload, JSON.stringify({ ...body, agent_name: HOSTILE }));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** The program with a standard output or standard error that is something else than a patient reader. */
async function withOutput(
  args: readonly string[],
  outputs: { stdout?: number | 'gone'; stderr?: number | 'gone' },
  environment: Record<string, string> = {},
): Promise<Ended> {
  const asStdio = (output: number | 'gone' | undefined) => (typeof output === 'number' ? output : 'pipe');
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    env: { PATH: process.env.PATH ?? '', ...environment },
    stdio: ['ignore', asStdio(outputs.stdout), asStdio(outputs.stderr)],
  });
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    if (outputs[name] === 'gone') child[name]?.destroy();
    child[name]?.on('data', (chunk) => {
      said[name] += chunk;
    });
  }
  const [code, signal] = await once(child, 'close');
  return { code, signal, ...said };
}

/** Every command, each with arguments by which it prints something without a network. */
function commands(): [string, string[], Record<string, string>][] {
  const state = join(folder, 'callspan.db');
  openLedger(state).close();
  const settings = {
    CALLSPAN_STATE: state,
    TAVUS_API_KEY: 'key-of-a-test',
    TAVUS_BASE_URL: 'http://127.0.0.1:1',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
  };
  return [
    ['show', ['show', '--file', payload], {}],
    ['show --json', ['show', '--file', payload, '--json'], {}],
    ['status', ['status'], settings],
    ['status --json', ['status', '--json'], settings],
    ['trace-id', ['trace-id', 'tavus', 'c1'], settings],
    ['retry', ['retry'], settings],
    ['verify', ['verify', 'http://127.0.0.1:1', '--against', 'jaeger'], settings],
    ['--help', ['--help'], {}],
  ];
}

describe('a reader that has gone', () => {
  test('is no failure: every command ends as it would have, without a word', async () => {
    for (const [name, args, environment] of commands()) {
      const { code, signal, stderr } = await withOutput(args, { stdout: 'gone' }, environment);
      expect({ name, code, signal, stderr }).toEqual({ name, code: 0, signal: null, stderr: '' });
    }
  });

  test('of the errors changes no exit code', async () => {
    const { code, signal } = await withOutput(['show', '--file', join(folder, 'none')], { stderr: 'gone' });
    expect({ code, signal }).toEqual({ code: 2, signal: null });
  });
});

describe.skipIf(!existsSync('/dev/full'))('a full disk', () => {
  let full: number;

  beforeEach(() => {
    full = openSync('/dev/full', 'w');
  });

  afterEach(() => {
    closeSync(full);
  });

  test('behind standard output is told in one line by every command, 1', async () => {
    for (const [name, args, environment] of commands()) {
      const { code, stderr } = await withOutput(args, { stdout: full }, environment);
      expect({ name, code, stderr }).toEqual({
        name,
        code: 1,
        stderr: 'callspan: standard output cannot be written (ENOSPC); what was printed is not complete.\n',
      });
    }
  });

  test('behind standard error changes no exit code', async () => {
    const { code, signal } = await withOutput(['show', '--file', join(folder, 'none')], { stderr: full });
    expect({ code, signal }).toEqual({ code: 2, signal: null });
  });
});

describe('names from outside', () => {
  test('reach no terminal as they came: the waterfall, the OTLP, the page', async () => {
    const html = join(folder, 'page.html');
    const { stdout } = await callspan(['show', '--file', payload]);
    const { stdout: otlp } = await callspan(['show', '--file', payload, '--json', '--html', html]);
    expect(harmfulIn(stdout)).toEqual([]);
    expect(stdout).toContain('a\\u{1b}]0;x\\u{7}\\u{9b}2J\\u{202e}b c d');
    expect(harmfulIn(otlp)).toEqual([]);
    expect(JSON.stringify(JSON.parse(otlp))).toContain('\u202e');
    expect(harmfulIn(await readFile(html, 'utf8'))).toEqual([]);
  });

  test('are written out in the status and in its JSON', async () => {
    const state = join(folder, 'callspan.db');
    const ledger = openLedger(state);
    ledger.sources.register(HOSTILE.toWellFormed(), 'tavus');
    ledger.close();
    const settings = { CALLSPAN_STATE: state, TAVUS_API_KEY: 'key-of-a-test' };
    const { stdout } = await callspan(['status'], settings);
    expect(harmfulIn(stdout)).toEqual([]);
    expect(stdout).toContain('a\\u{1b}]0;x\\u{7}\\u{9b}2J\\u{202e}b c d');
    const { stdout: json } = await callspan(['status', '--json'], settings);
    expect(harmfulIn(json)).toEqual([]);
    expect(JSON.parse(json).sources[0].name).toBe(HOSTILE.toWellFormed());
  });

  test('are written out in errors, those of the command line included, a line each', async () => {
    const path = join(folder, HOSTILE.toWellFormed());
    for (const args of [
      ['show', '--file', path],
      ['show', `--${HOSTILE.toWellFormed()}`],
      [HOSTILE.toWellFormed()],
      ['trace-id', HOSTILE.toWellFormed(), 'c1'],
    ]) {
      const { stderr, code } = await callspan(args, { TAVUS_API_KEY: 'key-of-a-test' });
      expect(code).toBe(2);
      expect(stderr).toContain('\\u{1b}');
      expect(harmfulIn(stderr)).toEqual([]);
    }
  });
});

describe('a file that is written', () => {
  const page = (file: string) => callspan(['show', '--file', payload, '--html', file]);

  test('can be read by its owner alone, whatever the umask', async () => {
    const before = process.umask(0);
    try {
      const html = join(folder, 'page.html');
      expect(await page(html)).toMatchObject({ code: 0, stderr: '' });
      expect((await stat(html)).mode & 0o777).toBe(0o600);
    } finally {
      process.umask(before);
    }
  });

  test('replaces a regular file, and is then the owner’s alone too', async () => {
    const html = join(folder, 'page.html');
    await writeFile(html, 'an older page', { mode: 0o644 });
    expect(await page(html)).toMatchObject({ code: 0, stderr: '' });
    expect(await readFile(html, 'utf8')).toMatch(/^<!doctype html>/);
    expect((await stat(html)).mode & 0o777).toBe(0o600);
  });

  test.each(['a file', 'nothing'])('never goes through a symbolic link, to %s', async (target) => {
    const victim = join(folder, 'victim');
    if (target === 'a file') await writeFile(victim, 'precious');
    const html = join(folder, 'page.html');
    await symlink(victim, html);
    const { code, stderr } = await page(html);
    expect(stderr).toBe(
      `callspan: ${html} is a symbolic link, and callspan writes through none: name the file itself.\n`,
    );
    expect(code).toBe(2);
    expect((await lstat(html)).isSymbolicLink()).toBe(true);
    if (target === 'a file') expect(await readFile(victim, 'utf8')).toBe('precious');
    else expect(existsSync(victim)).toBe(false);
  });

  test('leaves the other name of a hard link as it was', async () => {
    const victim = join(folder, 'victim');
    await writeFile(victim, 'precious');
    const html = join(folder, 'page.html');
    await link(victim, html);
    expect(await page(html)).toMatchObject({ code: 0 });
    expect(await readFile(victim, 'utf8')).toBe('precious');
  });

  test('that cannot be written is said in one line, and nothing is left behind', async () => {
    const nowhere = join(folder, 'no-folder', 'page.html');
    expect(await page(nowhere)).toMatchObject({
      code: 2,
      stderr: `callspan: ${nowhere} cannot be written: its folder does not exist.\n`,
    });
    expect(await page(folder)).toMatchObject({
      code: 2,
      stderr: `callspan: ${folder} is no regular file; name one that may be written.\n`,
    });
    expect(await readdir(folder)).toEqual(['payload.json']);
  });
});
