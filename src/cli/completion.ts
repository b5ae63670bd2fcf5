import type { Command } from 'commander';
import { ConfigError } from '../config/errors.ts';
import { EXIT } from './exit.ts';

/** What a shell offers after `callspan`: its commands, and after each its options. */
interface Offered {
  readonly name: string;
  readonly description: string;
  readonly options: readonly string[];
}

const SHELLS = { bash, zsh, fish } as const;

/**
 * `callspan completion <shell>`: a script that makes the shell complete commands and options.
 * @throws ConfigError for a shell that is not known.
 */
export function completion(shell: string, program: Command): number {
  const write = SHELLS[shell as keyof typeof SHELLS];
  if (!Object.hasOwn(SHELLS, shell) || write === undefined) {
    throw new ConfigError(`completion ${shell}: expected one of ${Object.keys(SHELLS).join(', ')}.`);
  }
  process.stdout.write(write(offeredBy(program)));
  return EXIT.ok;
}

function offeredBy(program: Command): Offered[] {
  return program.commands.map((command) => ({
    name: command.name(),
    description: command.description(),
    options: [...command.options.flatMap(({ long }) => long ?? []), '--help'],
  }));
}

function bash(commands: readonly Offered[]): string {
  const cases = commands
    .map(({ name, options }) => `    ${name}) words="${options.join(' ')}" ;;`)
    .join('\n');
  return `# callspan completion bash > /etc/bash_completion.d/callspan, or: source <(callspan completion bash)
_callspan() {
  local word="\${COMP_WORDS[COMP_CWORD]}" words=""
  if [ "$COMP_CWORD" -eq 1 ]; then
    words="${commands.map(({ name }) => name).join(' ')} --help --version"
  else
    case "\${COMP_WORDS[1]}" in
${cases}
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o default -F _callspan callspan
`;
}

function zsh(commands: readonly Offered[]): string {
  const described = commands
    .map(({ name, description }) => `    ${quoted(`${name}:${description}`)}`)
    .join('\n');
  const cases = commands
    .map(({ name, options }) => `    ${name}) compadd -- ${options.join(' ')} ;;`)
    .join('\n');
  return `#compdef callspan
# callspan completion zsh > "\${fpath[1]}/_callspan"
_callspan() {
  local -a commands
  commands=(
${described}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  case "$words[2]" in
${cases}
  esac
  _files
}
compdef _callspan callspan
`;
}

function fish(commands: readonly Offered[]): string {
  const lines = commands.flatMap(({ name, description, options }) => [
    `complete -c callspan -n __fish_use_subcommand -a ${name} -d ${quoted(description)}`,
    ...options.map(
      (option) =>
        `complete -c callspan -n '__fish_seen_subcommand_from ${name}' -l ${option.slice('--'.length)}`,
    ),
  ]);
  return `# callspan completion fish > ~/.config/fish/completions/callspan.fish\n${lines.join('\n')}\n`;
}

/** As one word of a shell, whatever is in it. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
