import type { Provider } from '../conversation.ts';
import type { Series } from '../metrics/series.ts';
import type { Clock } from '../time/clock.ts';
import type { Command, CommandResult, CommandRow } from './command.ts';
import type { PortableLedger } from './portable.ts';
import type {
  Claimed,
  ClaimOptions,
  Delivered,
  Due,
  Granted,
  Holder,
  Inbox,
  InboxDepth,
  Notice,
  Revived,
  Settlement,
  Sighting,
  SourceRow,
  SummaryRow,
  Taking,
  Tallies,
  Unsettled,
  WaitingNotice,
  Wish,
} from './records.ts';

/**
 * What callspan remembers between two starts: of every conversation its id, its state and when to come back to it; of
 * every source how far its list was walked; the metrics that it has counted. It never knows what a payload means.
 *
 * Each method is one operation: whoever calls at the same time, the effect is that of one call after the other. A
 * method may be called again where it is not known whether it was done. All reject with a LedgerError that says what
 * to do. Times are unix milliseconds.
 */
export interface Ledger {
  /** An id made with the ledger: `service.instance.id` of the metrics that it holds. */
  readonly instance: string;
  /** Of what this process tells of itself: where several share a ledger, each is one of its own. */
  readonly teller: string;
  readonly conversations: ConversationLedger;
  readonly sources: SourceLedger;
  readonly commands: CommandLedger;
  readonly summaries: SummaryLedger;
  readonly inbox: InboxLedger;
  readonly portable: PortableLedger;

  /**
   * The number of a configured source, made at its first mention.
   * @throws ConfigError where the ledger knows a source of that name of another provider.
   */
  source(name: string, provider: Provider): Promise<number>;

  /**
   * Records what became of conversations, and what they add to the metrics: all of it or nothing. One at a time; a
   * conversation counts at its first delivery, however often it is recorded.
   */
  record(settlements: readonly Settlement[], now: number): Promise<void>;

  /** Every series that was ever counted, as it is now: what is counted later does not change it. */
  series(): Promise<readonly Series[]>;

  /**
   * The metrics as they are to be told now, and the moment that they are of: a later moment never has smaller sums,
   * whichever process tells them. Undefined where another one does.
   */
  numbers(now: number): Promise<Numbers | undefined>;

  /** Proves by a write that reaches the disk that what is fetched next can be recorded. */
  prove(now: number): Promise<void>;

  /**
   * As `prove`, without a write: cheap enough to be asked before everything that is sent.
   * @param source of which something is to be sent.
   */
  check(source?: number): Promise<void>;

  /** Who may change this ledger now, if anybody does. */
  holder(clock: Clock): Promise<Holder | undefined>;

  /**
   * Takes the right to change this ledger, until `release`: one process at a time has it. What is read here decides
   * what is sent, so everything is verified first.
   * @throws HeldError that says who has it; LedgerError where nothing could be recorded or something is damaged.
   */
  hold(clock: Clock, signal: AbortSignal): Promise<Hold>;

  /**
   * As `hold`, beside other processes that do the same, each with sources of its own: what is done for one source may fail
   * by itself. Absent where the ledger is one process's at a time.
   */
  share?(clock: Clock, signal: AbortSignal): Promise<Share>;

  /** Gives the right back, if it has not been lost. */
  release(): Promise<void>;

  /**
   * Compares the next rows with what was written, where the last call has stopped, also that of an earlier process. Only
   * who holds the ledger.
   * @param limit how many at most: others wait meanwhile.
   * @returns whether the end was reached; the next call begins anew.
   * @throws LedgerError where something is not what was written.
   */
  inspect(limit: number): Promise<{ readonly rows: number; readonly isEnd: boolean }>;

  /** How much room it takes, in bytes. */
  size(): Promise<number>;

  /** Nothing may be asked afterwards. */
  close(): Promise<void>;
}

/** The right to change a ledger. */
export interface Hold {
  /** Aborted, with the reason, when the right could not be kept: nothing may be sent that cannot be recorded. */
  readonly lost: AbortSignal;
}

/** One of the processes that share a ledger. */
export interface Share {
  /**
   * Does `work` for each of `sources` while that is this process's, until `stop`; gives away what is more than its share,
   * and takes over what nobody has any more.
   * @param work ends when `tenure` is aborted: in good order where the reason is none of the ledger's, at once where it
   * is a LedgerError. Where it rejects because the ledger is away or the source was lost, it is begun again in time.
   * @throws what `work` rejects with otherwise; LedgerError where waiting does not help.
   */
  run(
    sources: readonly number[],
    work: (source: number, tenure: AbortSignal) => Promise<void>,
    stop: AbortSignal,
    told?: ShareTold,
  ): Promise<void>;
}

export interface ShareTold {
  /** Nothing can be recorded for now, and so nothing is done. Once, until `onBack`. */
  readonly onAway?: (reason: string) => void;
  readonly onBack?: () => void;
}

export interface Numbers {
  readonly series: readonly Series[];
  /** Unix milliseconds. */
  readonly at: number;
  /** Aborted when others may tell later ones: what of these has not been sent by then would come behind them. */
  readonly until?: AbortSignal;
}

export interface ConversationLedger {
  /**
   * Takes in a page of a list: adds what is new, and makes due what has ended since it was last seen. What is
   * settled stays so, also where retention has left nothing of it but that it was counted.
   * @returns how many were new, or had ended since.
   */
  see(source: number, sightings: readonly Sighting[], now: number): Promise<number>;

  /**
   * Makes due now what is wished for. It goes behind what has ended since, as if it had been waiting since its own
   * end: a stretch of the past must not delay today's calls.
   * @param forced also what was settled before this moment, to be done once more.
   */
  want(
    source: number,
    wishes: readonly Wish[],
    now: number,
    forced: number | undefined,
  ): Promise<readonly Granted[]>;

  /**
   * Takes conversations whose time has come, and records that an attempt at each begins: nobody else is given them
   * until they are recorded or given back. The latest first, because a backlog must not delay today's calls, and now
   * and then one of those that have failed before. Of those that were under way when a process died, one at a time.
   */
  claim(source: number, options: ClaimOptions): Promise<readonly Claimed[]>;

  /**
   * Records that the payload of a claimed conversation is now taken apart, before that is begun: what ends the process
   * meanwhile is its doing. One at a time; waits for its turn.
   * @returns what ends that. It never rejects.
   */
  takeApart(source: number, id: string): Promise<() => Promise<void>>;

  /**
   * Says in which trace a conversation is, before anything of it is sent: the first of `choices` that no other
   * conversation has. From then on it is that one's, also where the process ends now, for as long as the conversation is
   * remembered.
   * @param rivals names of other sources that send to the same place: a conversation that two of them show is two there.
   * @returns undefined where others have all of them.
   */
  takeTrace(
    source: number,
    id: string,
    choices: readonly string[],
    rivals?: readonly string[],
  ): Promise<string | undefined>;

  /** Gives back a claimed conversation of which nothing is to be recorded: its attempt has ended in order. */
  giveBack(source: number, id: string): Promise<void>;

  /** Conversations that were seen before they ended, oldest first. */
  active(source: number): Promise<readonly { readonly id: string; readonly startedAt: number | undefined }[]>;

  get(source: number, id: string): Promise<Due | undefined>;

  /** When the next conversation that nobody has claimed is due, whether that has passed or not. */
  nextDue(source: number): Promise<number | undefined>;

  /**
   * Makes due now what waits for another attempt, with `dead` the dead letters too, and with `parked` what is parked.
   * @param which.only one conversation's id; all where undefined.
   * @returns how many.
   */
  revive(source: number, which: Revived, now: number): Promise<number>;

  /** Moves everything that is due `millis` towards the past: the clock by which it was planned has been set back. */
  hasten(source: number, millis: number): Promise<number>;

  /**
   * Dead letters, or what is parked, the latest first; or, with `waiting`, what has failed or was not ready and will be
   * tried again.
   */
  unsettled(source: number, which: 'dead' | 'parked' | 'waiting'): AsyncIterable<Unsettled>;

  /** What was delivered since `since`, oldest first. */
  delivered(source: number, since: number): AsyncIterable<DeliveredRow>;

  /**
   * Removes what was settled before a moment, leaving of what was delivered that it was counted. Never what is due.
   * @param limit how many at most: others wait meanwhile.
   * @returns how many.
   */
  forget(source: number, before: number, limit: number): Promise<number>;
}

/** A few numbers of each conversation, kept as long as the conversation is: nothing that anybody said. */
export interface SummaryLedger {
  /** Of conversations that began from `since` on and before `until`, in the order in which they began. */
  between(source: number, since: number, until: number): AsyncIterable<SummaryRow>;
}

export interface DeliveredRow {
  readonly id: string;
  /** Unix milliseconds. */
  readonly firstSeenAt: number;
  readonly settledAt: number;
  readonly sent: Delivered;
}

export interface SourceLedger {
  get(source: number): Promise<SourceRow>;
  /** By name. */
  all(): Promise<readonly (SourceRow & { readonly id: number })[]>;
  /** A walk of the list came to its end. */
  walked(source: number, cursor: number, memory: string | undefined): Promise<void>;
  swept(source: number, at: number): Promise<void>;
  /** Whoever polls from now on has not done so yet, and will first at `at`, unix milliseconds. */
  planned(source: number, at: number): Promise<void>;
  /** A poll ended, well or with `error`. */
  polled(
    source: number,
    poll: { readonly at: number; readonly next: number; readonly error: string | undefined },
  ): Promise<void>;
  /**
   * Gives a source another name, with everything that is known of it. What it has counted stays under the old one: it is
   * told already.
   * @throws LedgerError where a source has that name.
   */
  rename(source: number, name: string): Promise<void>;
  /**
   * Forgets a source with everything that is known of it, its metrics too: what its vendor still lists would be found
   * anew under any name. Only who holds the ledger may; where it is stopped in the middle, it is done again from there.
   */
  forget(source: number): Promise<void>;
  /** Kept as counts: ten million conversations are never looked through for it. */
  tallies(source: number): Promise<Tallies>;
}

/**
 * What webhooks have told, kept before whoever told it is answered. A notice waits until whoever works off its source
 * has taken it; a payload that came with one stays until its conversation is settled, and goes in the very transaction
 * that records that (`record`). What has been taken is remembered without its payload for a while, so that it is not
 * taken twice.
 */
export interface InboxLedger {
  /**
   * On the disk when it returns. Anybody may, also who does not hold the ledger. All of it or nothing. One notice is
   * kept once: the same body of a source, or the same event (`type`, `conversation`, `at`) of it where it says when it
   * was.
   * @returns of each notice whether it was kept; false where it was known.
   */
  put(notices: readonly Notice[], now: number): Promise<readonly boolean[]>;

  /** What waits to be taken, of conversations that are known first, then the latest first. */
  waiting(source: number, limit: number): Promise<readonly WaitingNotice[]>;

  /**
   * Takes notices: each makes its conversation due at `due`, or earlier where that is planned.
   *
   * - One that nobody has seen is added, unless it was counted already.
   * - One that is settled stays so, and the payload is forgotten; but `empty` and `gone` are due again where a payload
   *   has come, and what was delivered is looked at earlier where a look is planned.
   * - What has failed before keeps its attempts, and is due earlier only by a payload.
   *
   * Notices without `due` are only taken, and their payload is forgotten.
   */
  take(source: number, takings: readonly Taking[], now: number): Promise<void>;

  /** What there is of a conversation, to be worked off or told in a settlement as `considered`. */
  of(source: number, conversation: string): Promise<Inbox>;

  /** Notices that wait, and payloads whose conversation is not settled. */
  depth(source: number): Promise<InboxDepth>;

  /** Forgets what was taken before `taken`, and what nobody could read (without a conversation) before `unreadable`. */
  tidy(before: { readonly taken: number; readonly unreadable: number }): Promise<void>;

  /** Removes what is left of deleted payloads outside of the tables: in a log of writes, say. Cheap where there is none. */
  scrub(): Promise<void>;
}

/** Commands to whoever holds the ledger, and what came of them. */
export interface CommandLedger {
  /** @returns the command's number. */
  add(command: Command, now: number): Promise<number>;
  get(id: number): Promise<CommandRow | undefined>;
  /** Commands to be carried out: new ones, and those in the middle of which a bridge was stopped. */
  /** @param source only those for this one; where the ledger is shared, none but its holder carries them out. */
  open(source?: number): Promise<readonly CommandRow[]>;
  running(id: number, result: CommandResult, now: number): Promise<void>;
  done(id: number, result: CommandResult, now: number): Promise<void>;
  failed(id: number, error: string, now: number): Promise<void>;
}
