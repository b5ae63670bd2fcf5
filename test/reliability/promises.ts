/**
 * What callspan promises, and the tests that show it although they are not written for that alone. Tests that are say
 * so themselves: `describe('promise: …')` with `test('fault: … → what happens')` is a row of the table by its title.
 */

const ONCE = 'every finished conversation is delivered at least once';
const SAME = 'every repetition is byte for byte the same, and counts once';
const ALONE = 'one bad conversation never harms another';
const WHOLE = 'whatever ends the program, its ledger is whole';
const SCREEN = 'nothing from outside steers a screen or a file, and what is shown is what was meant';

/** In the order of the tables. */
export const PROMISES: readonly string[] = [ONCE, SAME, ALONE, WHOLE, SCREEN];

/** A row of a table, and where it is shown. */
export interface Row {
  readonly promise: string;
  /** `{}` stands for what the pattern of the tests has in its group, for each test that it matches. */
  readonly fault: string;
  readonly outcome: string;
  readonly shown: Shown;
}

type Shown =
  /** Tests of a file; titles are those of its groups and its own, with ` > ` between. One that matches nothing fails. */
  | { readonly file: string; readonly tests: string | RegExp }
  /** Promises of the crash test, by its own names. */
  | { readonly chaos: readonly string[] };

const KILLED =
  'the program is killed, at any moment and at each of twelve dangerous ones, while vendors and collector fail at random and two rows of a hundred are poison and webhooks of all vendors come in (`npm run chaos`: at least 400 kills over 3,000 conversations; its short form in CI: 50 over 300)';
const ENOUGH = 'enough happened to prove it';

const by = (file: string, tests: string | RegExp): Shown => ({ file, tests });
const crashes = (...chaos: string[]): Shown => ({ chaos: [...chaos, ENOUGH] });

const LANE = 'test/bridge/source-runner.test.ts';
const REFUSED = 'test/bridge/refused.test.ts';
const TENANTS = 'test/bridge/tenants.test.ts';
const MISBEHAVIOUR = 'test/intake/misbehaviour.test.ts';
const LEASE = 'test/cli/lease.test.ts';
const STOP = 'test/cli/stop.test.ts';
const REPLICAS = 'test/ledger/postgres/replicas.server.test.ts';
const FILE = 'test/ledger/file.test.ts';
const OUTPUT = 'test/cli/output.test.ts';
const WEBHOOK_KILLED =
  'the program is killed before a webhook is verified, after it is in the inbox, before the answer and after it, beside all that';
const HOSTILE = 'test/show/hostile.test.ts';

export const ROWS: readonly Row[] = [
  {
    promise: ONCE,
    fault: KILLED,
    outcome: 'nothing is missing at the collector, and nothing but a kill ends the bridge',
    shown: crashes('nothing is missing', 'nothing but a kill ends the bridge'),
  },
  {
    promise: ONCE,
    fault: WEBHOOK_KILLED,
    outcome:
      'what was answered with 200 is delivered, though no list and no fetch has it; what is forged is refused, and nothing comes of it',
    shown: crashes(
      'what was answered with 200 is delivered',
      'nothing forged is taken, and nothing true refused',
    ),
  },
  {
    promise: ONCE,
    fault:
      'a vendor sends what nobody has described, what is no JSON, or a recording, and nothing has ever succeeded',
    outcome: 'every call that is signed is answered with 200: the vendor never switches the webhook off',
    shown: by('test/intake/webhook-taken.test.ts', /./),
  },
  {
    promise: ONCE,
    fault: 'the inbox cannot be written',
    outcome: 'webhooks are answered with 503, which the vendor sends again, and never with 200',
    shown: by('test/intake/webhook.test.ts', /503 while the inbox cannot be written/),
  },
  {
    promise: ONCE,
    fault: 'ten thousand forged webhooks beside a hundred true ones',
    outcome: 'all true ones are delivered; memory stays, and nothing forged is fetched',
    shown: by('test/intake/webhook-flood.test.ts', /ten thousand forged/),
  },
  {
    promise: ONCE,
    fault: 'the collector is away for a day',
    outcome:
      'nothing is fetched in vain, lists are walked seldom; all is delivered in the end, nothing given up',
    shown: by(
      LANE,
      'a collector that is away > for a day: nothing is fetched in vain, lists are walked seldom, and all is delivered in the end',
    ),
  },
  {
    promise: ONCE,
    fault: 'the collector’s queue has room for small conversations only, for half a day',
    outcome: 'the large ones wait, and none is given up',
    shown: by(
      'test/reliability/full-queue.test.ts',
      'a queue that is nearly full takes the small conversations and not the large ones: none of them is given up, however long it lasts',
    ),
  },
  {
    promise: ONCE,
    fault: 'the collector is away during `run --once`',
    outcome: 'five tries, one line, exit code 1; delivered at the next start',
    shown: by(
      'test/cli/run.test.ts',
      'callspan run --once > with a collector that is down: gives up after five tries, one line, 1, and delivers at the next start',
    ),
  },
  {
    promise: ONCE,
    fault: 'the store behind the collector has lost traces, or some of their spans',
    outcome: '`verify` lists them, `verify --repair` sends just those spans',
    shown: by('test/e2e/verify.test.ts', 'what a store has lost is found, and --repair restores just that'),
  },
  {
    promise: ONCE,
    fault: 'something else than a collector has its place for an hour, and answers everything with {}',
    outcome:
      'the cause is named in the log, in `/readyz` and in `status`; no dead letter; all is delivered once afterwards',
    shown: by(
      'test/delivery/refuses-everything.test.ts',
      /^whatever stands where the collector should for an hour, .+ > (.+)$/,
    ),
  },
  {
    promise: ONCE,
    fault: 'for hours the collector answers anything, in any order, and takes nothing',
    outcome: 'no dead letter; all is delivered once afterwards',
    shown: by(
      'test/delivery/blame-property.test.ts',
      'whatever is answered for hours, in whatever order, no conversation is a dead letter while none passes',
    ),
  },
  {
    promise: ONCE,
    fault: '`verify` is sent to what is no store: {}',
    outcome: 'not believed, and nothing is sent again',
    shown: by('test/verify/store.test.ts', /^a store is believed > by either kind never: (.+)$/),
  },
  {
    promise: ONCE,
    fault: 'a store has lost spans, and somebody else’s in the same trace make up the number',
    outcome: '`verify --repair` sends those that are missing',
    shown: by(
      'test/cli/verify.test.ts',
      'callspan verify > --repair sends the very spans that are missing, although somebody else’s make up the number',
    ),
  },
  {
    promise: ONCE,
    fault: 'a vendor answers everything for twenty minutes with {}',
    outcome:
      'said once; it is asked again, not hammered; nothing is lost or sent twice; the other vendor goes on',
    shown: by(
      MISBEHAVIOUR,
      /^an ElevenLabs that for twenty minutes answers everything with > (.+): said once, nothing lost/,
    ),
  },
  {
    promise: ONCE,
    fault: 'a vendor {}',
    outcome: 'it is not given more time or memory than its limit; all is delivered afterwards',
    shown: by(MISBEHAVIOUR, /^an ElevenLabs that for a while > (.+): is not given more than its limit/),
  },
  {
    promise: ONCE,
    fault: 'a vendor answers its list, and every conversation with {}',
    outcome: 'said once; left alone; all is delivered when that is over',
    shown: by(REFUSED, /^a vendor that lists, and answers every conversation with > (.+): is told once/),
  },
  {
    promise: ONCE,
    fault: 'a vendor’s conversations cannot be had for half a day',
    outcome: 'nothing becomes a dead letter, and the vendor is not hammered',
    shown: by(
      LANE,
      'a vendor that fails > with 500 for half a day, but for its list: nothing becomes a dead letter, and it is not hammered',
    ),
  },
  {
    promise: ONCE,
    fault: 'a vendor answers 429 with Retry-After: 1200',
    outcome: 'left alone for as long as it asks',
    shown: by(
      LANE,
      'a vendor that fails > with a storm of 429 and Retry-After: left alone as long as it asks for',
    ),
  },
  {
    promise: ONCE,
    fault: 'a vendor refuses the key',
    outcome:
      'said once, with what to check; asked every five minutes; all is delivered when it takes the key',
    shown: by(
      LANE,
      'a vendor that fails > with a key that it refuses: said once, asked every five minutes, all delivered when it takes it',
    ),
  },
  {
    promise: ONCE,
    fault: 'a vendor’s list {}',
    outcome: 'everything is delivered once',
    shown: by(
      MISBEHAVIOUR,
      /^a list of ElevenLabs that > (.+?)(?:: everything is delivered once|: the walk goes on from where it was)$/,
    ),
  },
  {
    promise: ONCE,
    fault:
      'weeks of late and deleted rows, failing answers, and a bridge that is down for days, the list in its {} order',
    outcome: 'whatever ends inside the look-back is delivered, and once',
    shown: by(
      'test/intake/property.test.ts',
      /^\w+, listed in (.+) order: whatever ends inside the look-back is delivered, and once$/,
    ),
  },
  {
    promise: ONCE,
    fault: 'a clock is a day wrong: {}',
    outcome: 'everything is delivered once',
    shown: by(MISBEHAVIOUR, /^a clock that is a day wrong > (.+?): everything is delivered once/),
  },
  {
    promise: SAME,
    fault: KILLED,
    outcome: 'what comes again is the same to the byte; every number is exactly what it is without a crash',
    shown: crashes('every repetition is byte-identical', 'each conversation counts once'),
  },
  {
    promise: SAME,
    fault: 'webhooks in both forms, list, backfill, export and crashes in five hundred orders',
    outcome: 'one trace, the same to the byte, counted once; an emptied fetch takes the place of nothing',
    shown: by('test/bridge/webhook-orders.test.ts', /./),
  },
  {
    promise: SAME,
    fault: 'the ledger is lost, and the vendor orders its fields and spans otherwise',
    outcome: 'the same bytes are sent again',
    shown: by(
      'test/bridge/road.test.ts',
      'the road from both vendors to a collector > with an empty ledger sends the same bytes, whatever the order of keys and spans in the payloads',
    ),
  },
  {
    promise: SAME,
    fault: 'everything is delivered once more (`backfill --force`)',
    outcome: 'no number changes',
    shown: by('test/e2e/numbers.test.ts', 'a restart > that delivers everything once more doubles nothing'),
  },
  {
    promise: SAME,
    fault: 'the collector is killed and started again',
    outcome: 'no number is lost or doubled',
    shown: by('test/e2e/numbers.test.ts', 'a restart > of the collector neither loses nor doubles'),
  },
  {
    promise: SAME,
    fault: 'a conversation turns up again that the ledger has forgotten by `CALLSPAN_RETENTION`',
    outcome: 'neither delivered nor counted again',
    shown: by(
      'test/ledger/retention.test.ts',
      'what was settled longer ago than CALLSPAN_RETENTION > is neither counted nor delivered again when it turns up again',
    ),
  },
  {
    promise: ALONE,
    fault: 'a vendor answers for one conversation with {}',
    outcome: 'the others are delivered within minutes; that one is tried a few times',
    shown: by(
      MISBEHAVIOUR,
      /^an ElevenLabs that always answers for one conversation, and for no other, with > (.+): delivers all others within minutes/,
    ),
  },
  {
    promise: ALONE,
    fault: 'a vendor cannot show one conversation, for days',
    outcome: 'a dead letter after ten attempts while others pass; it delays none of them',
    shown: by(
      LANE,
      'a conversation that the vendor cannot show > is a dead letter after ten attempts while others pass, and delays none of them',
    ),
  },
  {
    promise: ALONE,
    fault: 'eight of three hundred conversations fail at the collector whenever they come',
    outcome: 'dead letters after ten attempts; the others are delivered at once',
    shown: by(
      LANE,
      'conversations that no collector takes > are dead letters after ten attempts, while the others are delivered at once',
    ),
  },
  {
    promise: ALONE,
    fault: 'the collector refuses the only conversation of a quiet account, for a month',
    outcome: 'it is kept until another passes, and delays nobody who comes',
    shown: by(
      'test/delivery/circuit-breaker.test.ts',
      /^a conversation that the collector refuses in so many words > alone in a quiet account/,
    ),
  },
  {
    promise: ALONE,
    fault: 'the collector comes to refuse everything while some are under way',
    outcome: 'none of them is a dead letter',
    shown: by(
      'test/delivery/circuit-breaker.test.ts',
      'a conversation that the collector refuses in so many words > is not told so where the collector has come to refuse all, whenever that begins',
    ),
  },
  {
    promise: ALONE,
    fault: 'a single span is larger than the collector takes',
    outcome: 'a dead letter with the collector’s words; its other spans are stored',
    shown: by(
      'test/delivery/delivery.test.ts',
      /^a conversation that is too large \((?:.+)\) > by a single span is rejected for that span; the others are stored$/,
    ),
  },
  {
    promise: ALONE,
    fault: 'a payload is damaged in any way',
    outcome: 'it becomes a valid trace, or none',
    shown: by(
      'test/fuzz/elevenlabs.test.ts',
      /^an ElevenLabs payload, however damaged, becomes a valid trace/,
    ),
  },
  {
    promise: ALONE,
    fault: 'twenty of two hundred sources are broken, each in its own way',
    outcome: 'the others deliver everything; one line says what is wrong with each',
    shown: by(
      TENANTS,
      'twenty of two hundred sources are broken, each in its own way: the others deliver everything, and one line says what is wrong with each',
    ),
  },
  {
    promise: ALONE,
    fault: 'a source has a backlog of hundreds',
    outcome: 'the one conversation of another source does not wait for it',
    shown: by(TENANTS, 'a source with a backlog of hundreds does not delay the one conversation of another'),
  },
  {
    promise: WHOLE,
    fault: KILLED,
    outcome: 'the ledger agrees with the collector, row by row',
    shown: crashes('the ledger agrees with the collector'),
  },
  {
    promise: WHOLE,
    fault: WEBHOOK_KILLED,
    outcome:
      'the words of a call that nobody may keep are gone from the disk after its delivery, from the write-ahead log too',
    shown: crashes('what nobody may keep is gone from the disk'),
  },
  {
    promise: WHOLE,
    fault: 'SIGTERM at any moment, with vendors and collector that fail or say nothing',
    outcome: 'ends with 0 within five seconds; what was not recorded is done again',
    shown: crashes('an orderly stop ends with 0 within five seconds'),
  },
  {
    promise: WHOLE,
    fault: '{}',
    outcome: 'ends with 0 within five seconds; nothing is half recorded',
    shown: by(
      STOP,
      /^the bridge ends within five seconds with 0, and nothing is half recorded > ((?:SIGTERM|SIGINT) in the middle of [^:,]+)/,
    ),
  },
  {
    promise: WHOLE,
    fault: 'a backfill is interrupted {}',
    outcome: 'it is taken up again, and nothing comes twice',
    shown: by('test/cli/command.test.ts', /^a backfill that is interrupted > (by [^:,]+)/),
  },
  {
    promise: WHOLE,
    fault: 'a second bridge is started on the ledger',
    outcome: 'it says who holds it and ends with 3; the first is not disturbed',
    shown: by(
      LEASE,
      'a second bridge on a ledger > says who holds it, ends with 3, and does not disturb the first',
    ),
  },
  {
    promise: WHOLE,
    fault: 'the bridge is killed, and started again at once',
    outcome: 'goes on within fifteen seconds where the other was',
    shown: by(
      LEASE,
      'a second bridge on a ledger > starts within fifteen seconds where the first was killed, and goes on where that one was',
    ),
  },
  {
    promise: WHOLE,
    fault: 'the bridge sleeps for so long that another has taken over (a suspended machine)',
    outcome: 'it records nothing any more and ends with 3',
    shown: by(
      LEASE,
      'a second bridge on a ledger > takes over from a first that has slept too long, which then records nothing more and ends with 3',
    ),
  },
  {
    promise: WHOLE,
    fault: 'the ledger’s disk is full',
    outcome: 'refused in one line that says so; what is in it stays',
    shown: by(FILE, 'a file that may not grow any more is no reason to lose what is in it'),
  },
  {
    promise: WHOLE,
    fault: 'the ledger is {}',
    outcome: 'refused at the start, in one line that says what to do',
    shown: by(FILE, /^is refused, in one line that says what to do > ((?:a ledger|another|a file that).+)$/),
  },
  {
    promise: SAME,
    fault: 'the vendor gives two conversations one trace id, before, between or after a death of the process',
    outcome: 'two traces: the second has one of its own, with which it is repeated, repaired and shown',
    shown: by(
      'test/bridge/shared-trace.test.ts',
      /^two conversations to which the vendor gives one trace id > (.+)$/,
    ),
  },
  {
    promise: SAME,
    fault: 'the trace id of a payload is {}',
    outcome: 'made of the conversation’s own id',
    shown: by(
      'test/bridge/shared-trace.test.ts',
      /^the trace id of a payload > that is (.+) is made of the conversation’s own/,
    ),
  },
  {
    promise: SAME,
    fault: 'the ledger has lost to the disk that a conversation was sent',
    outcome: 'noticed by its trace before it is sent or counted a second time',
    shown: by(
      'test/ledger/damage.test.ts',
      /^a bit that has changed on the disk > has nothing sent or counted again/,
    ),
  },
  {
    promise: ALONE,
    fault:
      'every page of a list has rows that are poison (ids with NUL, `..`, of 100,000 characters, halves of characters, no rows at all)',
    outcome: 'told by name, once; everything else is delivered',
    shown: by('test/intake/poison.test.ts', /^a list of (.+) with poisoned rows on every page > /),
  },
  {
    promise: ALONE,
    fault: 'the time in a row is {}',
    outcome: 'neither that row nor another is lost',
    shown: by('test/bridge/poison.test.ts', /^a row of a list whose time is no time > (.+) costs neither/),
  },
  {
    promise: ALONE,
    fault: 'a payload is {}',
    outcome: 'it costs itself alone',
    shown: by(
      'test/bridge/poison.test.ts',
      /^a payload that nobody can want > such as (.+) costs itself alone$/,
    ),
  },
  {
    promise: ALONE,
    fault: 'a payload ends the process whenever it is taken apart',
    outcome: 'a dead letter that says so after the second time; it is not fetched again',
    shown: by('test/bridge/deadly.test.ts', /^a conversation that ends the process twice/),
  },
  {
    promise: ALONE,
    fault: 'the process dies again and again while others are under way',
    outcome: 'all of them are delivered',
    shown: by('test/bridge/deadly.test.ts', /^conversations that were under way beside others/),
  },
  {
    promise: ALONE,
    fault: 'a payload is twice as large, in each of a hundred ways',
    outcome: 'at most about twice the work',
    shown: by('test/trace/growth.test.ts', /^twice the payload takes at most about twice the work > /),
  },
  {
    promise: ALONE,
    fault: 'a vendor’s clock is {}',
    outcome: 'said once; nothing stops',
    shown: by('test/intake/poison.test.ts', /^a vendor’s clock that is (.+?) > /),
  },
  {
    promise: ALONE,
    fault: 'a vendor’s `Date` is {}',
    outcome: 'nothing stops',
    shown: by('test/bridge/poison.test.ts', /^a vendor’s Date that is none > (.+) stops nothing$/),
  },
  {
    promise: WHOLE,
    fault: 'a bit of the ledger changes on the disk (200 of them): {}',
    outcome: 'an error that says so, or nothing that is sent or counted is any other',
    shown: by(
      'test/ledger/damage.test.ts',
      /^a bit that has changed on the disk > is found in (.+), or changes nothing/,
    ),
  },
  {
    promise: WHOLE,
    fault: 'in a ledger too large to be looked through before a start the disk changes {} of a conversation',
    outcome: 'found by the inspection that goes on while the bridge runs',
    shown: by(
      'test/ledger/damage.test.ts',
      /^a row of a conversation that is not what was written > is found by an inspection where it is (.+)$/,
    ),
  },
  {
    promise: WHOLE,
    fault: 'where the ledger should be there is {}',
    outcome: 'refused in one line; it stays as it was',
    shown: by(
      'test/ledger/places.test.ts',
      /^a place that is none for a ledger is refused in one line, and stays as it was > (.+)$/,
    ),
  },
  {
    promise: WHOLE,
    fault: 'what has the name of a file that SQLite keeps beside the ledger is {} of somebody else’s file',
    outcome: 'refused; that file stays as it was',
    shown: by(
      'test/ledger/places.test.ts',
      /^what lies where SQLite keeps its .+ > is left alone where it is (.+) of a file of somebody else$/,
    ),
  },
  {
    promise: WHOLE,
    fault: 'what has the name of the reserve beside the ledger leads elsewhere',
    outcome: 'what it leads to stays as it was',
    shown: by('test/ledger/identity.test.ts', /^what lies where the reserve is made > is left alone/),
  },
  {
    promise: WHOLE,
    fault: 'under a running bridge the ledger is {}',
    outcome: 'noticed before anything more is sent; ends with 3',
    shown: by(
      'test/ledger/identity.test.ts',
      /^a ledger under a running bridge > that is (.+) is noticed before/,
    ),
  },
  {
    promise: WHOLE,
    fault: 'another program has written into the ledger: {}',
    outcome: 'an error that says that it is damaged; no process ends over it',
    shown: by(
      'test/ledger/places.test.ts',
      /^what another program has written into a ledger > is a ledger that is damaged, and ends no process: (.+)$/,
    ),
  },
  {
    promise: ONCE,
    fault:
      'a webhook with its signature, its time or its body changed in two hundred ways, or signed as official libraries get wrong',
    outcome: 'none is taken that should not be, none refused that should be',
    shown: by('test/vendors/elevenlabs/webhook.test.ts', /^(?:a signature of ElevenLabs|a forged call) > /),
  },
  {
    promise: SCREEN,
    fault:
      'a name, an id or an error from outside holds escape sequences, C1 controls, overrides of direction, line breaks or halves of characters',
    outcome:
      'written out in the waterfall, the page, the status, the log, the progress line and errors; JSON has them escaped, and reads back the same',
    shown: by(OUTPUT, /^names from outside > (.+)$/),
  },
  {
    promise: SCREEN,
    fault: 'the same in the log',
    outcome: 'escaped in a pipe, written out on a terminal',
    shown: by('test/telemetry/log.test.ts', /^the log > (.+)$/),
  },
  {
    promise: SCREEN,
    fault: 'markup and scripts in every name of a page',
    outcome: 'text; the page’s policy runs and loads only what it names by its hash',
    shown: by(HOSTILE, /^the policy of the page > (.+)$/),
  },
  {
    promise: SCREEN,
    fault: 'whoever reads the output goes away (`| head`)',
    outcome: 'the command does its work and ends as it would have, without a word',
    shown: by(
      OUTPUT,
      'a reader that has gone > is no failure: every command ends as it would have, without a word',
    ),
  },
  {
    promise: SCREEN,
    fault: 'nobody reads the log of a running bridge any more',
    outcome: 'it goes on delivering, and stops when it is asked to',
    shown: by(OUTPUT, 'a reader that has gone > of the log does not keep a bridge from delivering'),
  },
  {
    promise: SCREEN,
    fault: 'standard output is a full disk',
    outcome: 'said in one line, exit code 1',
    shown: by(OUTPUT, 'a full disk > behind standard output is told in one line by every command, 1'),
  },
  {
    promise: SCREEN,
    fault: 'the file to be written is a symbolic link to {}',
    outcome: 'refused; what it leads to stays',
    shown: by(OUTPUT, /^a file that is written > never goes through a symbolic link, to (.+)$/),
  },
  {
    promise: SCREEN,
    fault: 'a payload nests 9,000 levels deep',
    outcome: 'shown, in the terminal and as a page',
    shown: by(
      'test/show/view.test.ts',
      'a conversation that nests 9,000 levels deep > has a row for each, in the terminal and on the page, neither wider than it can be read',
    ),
  },
  {
    promise: SAME,
    fault: 'a source gets another name, or moves from the environment into a file',
    outcome: 'known by its conversations; nothing is delivered again',
    shown: by(
      'test/bridge/adopt.test.ts',
      'a source that is moved from the environment into a file, under another name > delivers nothing again',
    ),
  },
  {
    promise: WHOLE,
    fault: 'one of several replicas on PostgreSQL is killed while it delivers',
    outcome: 'another goes on with its sources; nothing is missing, each counts once',
    shown: by(
      REPLICAS,
      'replicas > follow one that is killed, and deliver what it had: nothing is missing, and each counts once',
    ),
  },
  {
    promise: WHOLE,
    fault: 'a replica stands still until others have its sources',
    outcome: 'it finds that out, and writes nothing',
    shown: by(
      REPLICAS,
      'replicas > that stood still find out that they have lost their sources, and write nothing',
    ),
  },
  {
    promise: ONCE,
    fault: 'the PostgreSQL server is away for longer than a lease lasts',
    outcome: 'said once, not ready meanwhile; nothing is lost',
    shown: by(
      REPLICAS,
      'replicas > wait while the server is away, say so once, are not ready meanwhile, and lose nothing',
    ),
  },
  {
    promise: WHOLE,
    fault: 'the answer to a COMMIT is lost on its way from PostgreSQL',
    outcome: 'what became of it is found out by what is there',
    shown: by(
      'test/ledger/postgres/faults.server.test.ts',
      'an answer to COMMIT that is lost > of whatever it was is found out by what is there',
    ),
  },
  {
    promise: WHOLE,
    fault: 'the clock of a replica is an hour off',
    outcome: 'leases go by the clock of the server',
    shown: by(
      'test/ledger/postgres/faults.server.test.ts',
      'a lease is one’s by the clock of the server: that of a replica may be an hour off',
    ),
  },
];
