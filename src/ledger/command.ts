/** What a command asks of the bridge that is running on the ledger. */
export type Command = BackfillCommand | ExportCommand | RetryCommand | RepairCommand;

export interface BackfillCommand {
  readonly kind: 'backfill';
  /** By start. Unix milliseconds. */
  readonly since: number;
  readonly until: number;
  readonly source?: string;
  readonly forced?: Forced;
}

export interface ExportCommand {
  readonly kind: 'export';
  readonly source: string;
  readonly id: string;
  readonly forced?: Forced;
}

export interface RetryCommand {
  readonly kind: 'retry';
  /** The dead letters too. */
  readonly dead: boolean;
  /** And what was too old for its destination. */
  readonly parked?: boolean;
  readonly source?: string;
  readonly id?: string;
}

interface RepairCommand {
  readonly kind: 'repair';
  readonly source: string;
  /** Conversations with the spans that are still there. */
  readonly items: readonly { readonly id: string; readonly have: readonly string[] }[];
}

/**
 * Also what is settled, to be sent once more: what was settled before this moment (unix milliseconds). A command that
 * is taken up again in the middle does not send again what it has sent already.
 */
type Forced = number;

/** What has become of a stretch of the past so far, in conversations. */
export interface BackfillFigures {
  readonly listed: number;
  /** Of these, those that were still to be delivered; of them, what the others say. */
  readonly found: number;
  readonly delivered: number;
  readonly pending: number;
  readonly empty: number;
  readonly dead: number;
  /** Too old for their destination. */
  readonly parked?: number;
  readonly postponed: number;
}

export interface BackfillResult extends BackfillFigures {
  /** Why some sources failed, a sentence each. */
  readonly failures: readonly string[];
}

export interface ExportResult {
  readonly kind:
    | 'delivered'
    | 'looked'
    | 'pending'
    | 'empty'
    | 'gone'
    | 'dead'
    | 'parked'
    | 'postponed'
    | 'waiting';
  readonly traceId?: string;
  readonly spans?: number;
  /** Sent once more, and its spans are not what was sent before. */
  readonly changed?: boolean;
  /** Why it was not delivered. */
  readonly reason?: string;
}

export interface RetryResult {
  /** Conversations that are due again. */
  readonly revived: number;
  /** What has become of them, where whoever carried the command out has also worked them off. */
  readonly worked?: { readonly delivered: number; readonly dead: number; readonly parked?: number };
  /** Why some sources failed, a sentence each. */
  readonly failures: readonly string[];
}

export interface RepairResult {
  readonly found: number;
  readonly repaired: number;
  readonly spans: number;
  /** Why some could not be repaired, a sentence each. */
  readonly problems: readonly string[];
}

interface Results {
  readonly backfill: BackfillResult;
  readonly export: ExportResult;
  readonly retry: RetryResult;
  readonly repair: RepairResult;
}

/** What comes of a command; while it is being carried out, what has come of it so far. */
export type ResultOf<Kind extends Command['kind']> = Results[Kind];
export type CommandResult = Results[Command['kind']];

/** A command, and how far it has come. */
export type CommandRow = {
  readonly id: number;
  readonly command: Command;
} & CommandState;

export type CommandState =
  | { readonly state: 'waiting' }
  | { readonly state: 'running'; readonly result: CommandResult }
  | { readonly state: 'done'; readonly result: CommandResult }
  | { readonly state: 'failed'; readonly error: string };
