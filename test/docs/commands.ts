import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { profiles } from '../../src/vendors/registry.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A command as a page has it. */
interface Written {
  readonly page: string;
  readonly line: string;
}

/** What the commands of pages are about, when they are run. */
export interface Stage {
  /** Folder with the program `callspan`. */
  readonly bin: string;
  readonly cwd: string;
  readonly settings: Readonly<Record<string, string>>;
  /** Ids of conversations by provider. */
  readonly ids: ReadonlyMap<string, string>;
  /** Where the trace store is. */
  readonly store: string;
}

/** What needs more than a sandbox: other programs, the repository, a cloud. Each is tried where it is at home. */
const ELSEWHERE =
  /^(?:npm|npx|node|docker|cp|mv|otelcol-contrib|sudo|systemctl|journalctl|gcloud|aws|kubectl|helm|curl|export|cosign|chmod|umask|install|sqlite3|psql|mimirtool)\b/;

/** Every page that people read commands from. */
export function pages(): string[] {
  const folder = (path: string) =>
    readdirSync(`${ROOT}${path}`)
      .filter((name) => name.endsWith('.md'))
      .map((name) => `${path}${name}`);
  return ['README.md', ...folder('docs/'), ...folder('docs/runbooks/'), ...folder('examples/')];
}

/** Commands of callspan on a page: in running text, in tables and in blocks for a shell. */
function commandsOf(page: string): Written[] {
  const text = readFileSync(`${ROOT}${page}`, 'utf8');
  const inline = [...text.replace(/```.*?```/gs, '').matchAll(/`(callspan [a-z][^`]*)`/g)].map(
    ([, line = '']) => line,
  );
  const blocks = shellLines(text).filter((line) => line.startsWith('callspan '));
  return [...new Set([...inline, ...blocks])].map((line) => ({ page, line: line.replace(/\s+/g, ' ') }));
}

/** Lines of a page's blocks for a shell that are neither callspan's nor known to be another program's. */
export function strangeLines(page: string): string[] {
  const text = readFileSync(`${ROOT}${page}`, 'utf8');
  return shellLines(text).filter(
    (line) => !line.startsWith('callspan ') && !ELSEWHERE.test(line) && !line.startsWith('printf '),
  );
}

function shellLines(text: string): string[] {
  return [...text.matchAll(/```(?:sh|bash|shell)\n(.*?)```/gs)].flatMap(([, block = '']) =>
    block
      .replace(/\\\n\s*/g, ' ')
      .split('\n')
      .map((line) => line.replace(/(?:^|\s)#.*$/, '').trim())
      .filter((line) => line !== ''),
  );
}

/** Commands that need something behind them: a page that says no more than their name means the command, not a call. */
const NAMES =
  /^callspan (?:show|verify|capture|explain|export|trace-id|backfill|forget|config|completion|ledger)(?: --html)?$/;
/** Commands that do not end by themselves, and what they say when they are up. */
const STAYING = [
  [/^callspan run\b(?!.*--once)/, 'callspan is running'],
  [/^callspan sandbox\b/, '# ready'],
  [/^callspan status\b.*--watch/, 'bridge'],
] as const;

/** The line as its reader would type it here: with an id, a file and an address that there are. */
function typed(line: string, { ids, store, settings }: Stage): string {
  if (NAMES.test(line)) return `${line.split(' --')[0]} --help`;
  const provider = [...ids.keys()].find((name) => line.includes(name)) ?? 'elevenlabs';
  const id = ids.get(provider) ?? '';
  const collector = settings.OTEL_EXPORTER_OTLP_ENDPOINT ?? '';
  return (
    line
      .replace(/<provider>/g, provider)
      .replace(/<(?:conversation-)?id>|conv_123|\bID\b/g, id)
      .replace(
        /\[FILE\]|\bFILE\b|<file>/g,
        /capture|html|backup/.test(line) ? `written-${line.split(' ')[1]}` : 'callspan.yaml',
      )
      .replace(/\bpayload\.json\b/g, 'payload.json')
      .replace(/<source>|old-account|clinic/g, 'elevenlabs')
      .replace(
        /(?:http:\/\/localhost:3200|http:\/\/localhost:16686|\bURL\b)(?=.*--against| *$| --repair)/g,
        store,
      )
      .replace(/--against (jaeger|tempo) (?:URL|http:\S+)/g, `--against $1 ${store}`)
      .replace(/--store (?:URL|\S+)/g, `--store ${store}`)
      .replace(/ --prometheus (?:URL|\S+)/g, '')
      .replace(/--against tempo/g, '--against jaeger')
      .replace(/--collector (?:URL|http:\S+)/g, `--collector ${collector}`)
      .replace(/^callspan sandbox.*$/, 'callspan sandbox --collector-port 0 --store-port 0')
      // To a server it is moved by its own tests; here it is a copy that moves, for the others need the ledger.
      .replace(
        /^callspan ledger move --to \S+$/,
        `sh -c 'callspan ledger backup copy.db && CALLSPAN_STATE=copy.db callspan ledger move --to moved.db; code=$?; rm -f copy.db* moved.db*; exit $code'`,
      )
      .replace(/ > .*$/, '')
      .replace(/"Front desk"/g, 'Front-desk')
  );
}

export interface Ran {
  readonly code: number | null;
  readonly output: string;
}

/** Runs a line in a shell, to its end; what stays up is asked to stop once it says that it is. */
export async function run(line: string, { bin, cwd, settings }: Stage): Promise<Ran> {
  const child = spawn('/bin/sh', ['-c', `exec ${line}`], {
    ...{ cwd, stdio: ['ignore', 'pipe', 'pipe'] as const },
    env: { ...settings, PATH: `${bin}:${process.env.PATH}`, CALLSPAN_POLL_INTERVAL: '500ms', NO_COLOR: '1' },
  });
  const up = STAYING.find(([command]) => command.test(line))?.[1];
  let output = '';
  let isAsked = false;
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text) => {
      output += text;
      if (isAsked || up === undefined || !output.includes(up)) return;
      isAsked = true;
      child.kill('SIGTERM');
    });
  }
  const [code] = await once(child, 'close');
  return { code, output };
}

/** Runs a line that sends to a bridge beside one that takes webhooks. */
async function runBesideBridge(line: string, stage: Stage): Promise<Ran> {
  const { bin, cwd, settings } = stage;
  const child = spawn('/bin/sh', ['-c', 'exec callspan run'], {
    ...{ cwd, stdio: ['ignore', 'ignore', 'pipe'] as const },
    env: { ...settings, PATH: `${bin}:${process.env.PATH}`, CALLSPAN_WEBHOOKS: '127.0.0.1:0' },
  });
  let said = '';
  child.stderr.on('data', (text) => {
    said += text;
  });
  const closed = once(child, 'close');
  try {
    let url: string | undefined;
    while (url === undefined && child.exitCode === null) {
      await Promise.race([once(child.stderr, 'data'), closed]);
      url = /"url":"(http[^"]+)"[^\n]*webhooks are taken/.exec(said)?.[1];
    }
    return await run(`${line.replace(/ --url \S+/, '')} --url ${url}`, stage);
  } finally {
    child.kill('SIGTERM');
    await closed;
  }
}

/** Examples at the end of each command's help. */
async function helpExamples(stage: Stage): Promise<Written[]> {
  const { output } = await run('callspan --help', stage);
  const names = [...output.slice(output.indexOf('Commands:')).matchAll(/^ {2}([a-z][a-z-]*) /gm)].map(
    ([, name]) => name,
  );
  const found: Written[] = [];
  for (const name of names.filter((name) => name !== 'help')) {
    const help = (await run(`callspan ${name} --help`, stage)).output;
    const examples = help.slice(help.indexOf('Examples:')).split('\n').slice(1);
    found.push(
      ...examples
        .filter((line) => line.startsWith('  callspan '))
        .map((line) => ({ page: `${name} --help`, line: line.trim() })),
    );
  }
  return found;
}

/** The exit code that a command may have beside 0, on a sandbox where a thing is not as its page has it. */
function mayEndWith({ line }: Written): readonly number[] {
  // There is no such conversation with dead letters, no such agent: that is told, and is right.
  if (/ retry .*--id /.test(line)) return [0, 1];
  // Without --yes it only says what it would do.
  if (/ forget (?!.*--yes)/.test(line)) return [2];
  return [0];
}

/** Whether a line is about a vendor that the sandbox does not simulate. */
function isOfAnother(line: string, { ids }: Stage): boolean {
  return profiles().some(({ name }) => !ids.has(name) && line.split(' ').includes(name));
}

/** Runs every command of every page, and of the help, each once. */
export async function runAll(stage: Stage): Promise<{ failed: unknown[]; count: number }> {
  const written = [...pages().flatMap(commandsOf), ...(await helpExamples(stage))];
  const failed: unknown[] = [];
  const seen = new Set<string>();
  // What forgets a source comes last.
  const order = ({ line }: Written) => (line.includes('forget') ? 1 : 0);
  for (const command of written.toSorted((one, other) => order(one) - order(other))) {
    const line = typed(command.line, stage);
    if (seen.has(line) || isOfAnother(line, stage)) continue;
    seen.add(line);
    const isSent = line.startsWith('callspan webhook test');
    const { code, output } = isSent ? await runBesideBridge(line, stage) : await run(line, stage);
    if (mayEndWith(command).includes(code ?? -1)) continue;
    failed.push({ ...command, typed: line, code, output: output.slice(-600) });
  }
  return { failed, count: written.length };
}
