/** The real programs that the end-to-end tests run. */
export type ProgramName =
  | 'otelcol'
  | 'otelcol-kafka'
  | 'jaeger'
  | 'prometheus'
  | 'promtool'
  | 'alertmanager'
  | 'amtool'
  | 'helm';

/** Where one program may come from, and what makes an installed one good enough. */
export interface Program {
  readonly name: ProgramName;
  /** What it is called in a sentence. */
  readonly title: string;
  /** The environment variable that names a binary; it wins over everything else. */
  readonly variable: string;
  /** Names to look for on the PATH, the better one first. */
  readonly commands: readonly string[];
  /** The manifest in this folder that builds it, without its ending. */
  readonly manifest: string;
  /** Arguments that make the program print what `shortcoming` looks at. */
  readonly probe: readonly string[];
  /** Why a program that printed this cannot be used, in words, or undefined when it can. */
  readonly shortcoming: (output: string) => string | undefined;
}

/** What the shipped `collector-config.yaml` is made of; the core distribution lacks `file_storage`. */
const COLLECTOR_COMPONENTS = [
  'otlp',
  'otlp_http',
  'memory_limiter',
  'filter',
  'transform',
  'file_storage',
  'health_check',
];

export const PROGRAMS: readonly Program[] = [
  {
    name: 'otelcol',
    title: 'the OpenTelemetry Collector',
    variable: 'CALLSPAN_OTELCOL',
    commands: ['otelcol-contrib', 'otelcol'],
    manifest: 'collector',
    probe: ['components'],
    shortcoming: (output) => {
      const missing = COLLECTOR_COMPONENTS.filter((name) => !new RegExp(`name: ${name}\\s`).test(output));
      return missing.length === 0 ? undefined : `it has no ${missing.join(', ')}`;
    },
  },
  {
    name: 'otelcol-kafka',
    title: 'the OpenTelemetry Collector with a Kafka exporter',
    variable: 'CALLSPAN_OTELCOL_KAFKA',
    commands: ['otelcol-contrib'],
    manifest: 'collector-kafka',
    probe: ['components'],
    shortcoming: (output) => (/name: kafka\s/.test(output) ? undefined : 'it has no kafka'),
  },
  {
    name: 'jaeger',
    title: 'Jaeger',
    variable: 'CALLSPAN_JAEGER',
    commands: ['jaeger'],
    manifest: 'jaeger',
    probe: ['version'],
    shortcoming: olderThan([2, 10]),
  },
  // Since 3.7 a series that arrives over OTLP gets a zero at its start, without which alerts miss first calls.
  prometheusProgram('prometheus', 'CALLSPAN_PROMETHEUS', 'prometheus', [3, 7]),
  prometheusProgram('promtool', 'CALLSPAN_PROMTOOL', 'prometheus', [3, 7]),
  prometheusProgram('alertmanager', 'CALLSPAN_ALERTMANAGER', 'alertmanager', [0, 28]),
  prometheusProgram('amtool', 'CALLSPAN_AMTOOL', 'alertmanager', [0, 28]),
  {
    name: 'helm',
    title: 'Helm',
    variable: 'CALLSPAN_HELM',
    commands: ['helm'],
    manifest: 'helm',
    probe: ['version'],
    shortcoming: olderThan([3, 14]),
  },
];

function prometheusProgram(
  name: ProgramName,
  variable: string,
  manifest: string,
  version: readonly [number, number],
): Program {
  return {
    name,
    title: name,
    variable,
    commands: [name],
    manifest,
    probe: ['--version'],
    shortcoming: olderThan(version),
  };
}

function olderThan([major, minor]: readonly [number, number]): (output: string) => string | undefined {
  return (output) => {
    const version = /\bv?(\d+)\.(\d+)\.\d+/.exec(output);
    if (version === null) return 'it does not tell its version';
    const [found, foundMinor] = [Number(version[1]), Number(version[2])];
    const recent = found > major || (found === major && foundMinor >= minor);
    return recent ? undefined : `it is ${version[0]}, and ${major}.${minor} is needed`;
  };
}
