import type { Figures } from './load.ts';

export interface Row {
  readonly name: string;
  readonly conversationsPerSecond: number;
  readonly cpuMillisPerConversation: number;
  readonly peakRssMiB: number;
  /** What vendor and collector needed beside it. */
  readonly serverCpuMillisPerConversation: number;
}

export interface Ratios {
  /** Conversations a second, of all sizes. */
  readonly elevenlabsToForwarder: number;
  readonly tavusToSdk: number;
  /** Peak memory of a backlog ten times as long. */
  readonly rss100kTo10k: number;
  readonly elevenlabsCallsPerConversation: number;
  readonly p99DoneToAcceptedSeconds: number;
  readonly helpCpuMillis: number;
  readonly runCpuMillis: number;
  /** CPU and bytes of an earlier build, and CPU of the peers that only encode: where they were measured. */
  readonly [beside: string]: number;
}

export interface Result {
  readonly rows: readonly Row[];
  readonly ratios: Readonly<Record<string, number>>;
}

/** The median of each figure over the runs of one contestant. */
export function rowOf(name: string, runs: readonly Figures[]): Row {
  const figure = (key: keyof Figures) => median(runs.map((run) => run[key]));
  return {
    name,
    conversationsPerSecond: rounded(figure('conversationsPerSecond')),
    cpuMillisPerConversation: rounded(figure('cpuMillisPerConversation')),
    peakRssMiB: rounded(figure('peakRssMiB')),
    serverCpuMillisPerConversation: rounded(figure('serverCpuMillisPerConversation')),
  };
}

/** What contestants that ran at the same time came to, each with as many conversations. */
export function together(all: readonly Figures[]): Figures {
  const sum = (key: keyof Figures) => all.reduce((total, figures) => total + figures[key], 0);
  return {
    conversationsPerSecond: sum('conversationsPerSecond'),
    cpuMillisPerConversation: sum('cpuMillisPerConversation') / all.length,
    peakRssMiB: sum('peakRssMiB'),
    callsPerConversation: sum('callsPerConversation') / all.length,
    requests: sum('requests'),
    bytesPerConversation: sum('bytesPerConversation') / all.length,
    serverCpuMillisPerConversation: sum('serverCpuMillisPerConversation') / all.length,
  };
}

/** Each run against the one that was made right beside it, so that a machine that slows down slows both. */
export function ratioOf<Key extends string>(
  ours: readonly Readonly<Record<Key, number>>[],
  theirs: readonly Readonly<Record<Key, number>>[],
  figure: Key,
): number {
  const ratios = ours.map((run, index) => run[figure] / (theirs[index]?.[figure] ?? Number.NaN));
  return rounded(median(ratios));
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}

export function rounded(value: number): number {
  return Number(value.toPrecision(3));
}

export function table({ rows, ratios }: Result): string {
  const lines = [
    ['', 'conversations/s', 'CPU ms each', 'peak MiB', 'server ms each'],
    ...rows.map((row) => [
      row.name,
      String(row.conversationsPerSecond),
      String(row.cpuMillisPerConversation),
      String(row.peakRssMiB),
      String(row.serverCpuMillisPerConversation),
    ]),
  ];
  const first = Math.max(...lines.map(([name = '']) => name.length));
  const text = lines.map(([name = '', ...cells]) =>
    [name.padEnd(first), ...cells.map((cell) => cell.padStart(16))].join(''),
  );
  const told = Object.entries(ratios).map(([name, value]) => `${name.padEnd(44)}${value}`);
  return `${[...text, '', ...told].join('\n')}\n`;
}
