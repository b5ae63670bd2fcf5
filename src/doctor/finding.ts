/** What is looked at, in the order in which it is told. */
export type Check =
  | 'settings'
  | 'variables'
  | 'source'
  | 'account'
  | 'clock'
  | 'collector'
  | 'store'
  | 'prometheus'
  | 'ledger'
  | 'disk'
  | 'listener';

/** What was found out about one thing, a sentence each, without any secret. */
export interface Finding {
  readonly check: Check;
  /** A note is worth knowing and stops nothing. */
  readonly level: 'good' | 'note' | 'problem';
  /** What it is about: a source, a variable, an address. */
  readonly subject: string;
  /** What is wrong, or that nothing is. */
  readonly said: string;
  /** What it costs, as long as it stays so. */
  readonly costs?: string;
  /** The line that mends it, to be typed or written; `<…>` in it is only its owner's to know. */
  readonly mend?: string;
}

/** That something is wrong, and what to do. */
export interface Trouble {
  readonly said: string;
  readonly mend: string;
}

export function good(check: Check, subject: string, said: string): Finding {
  return { check, level: 'good', subject, said };
}

export function problem(check: Check, subject: string, { said, mend }: Trouble, costs: string): Finding {
  return { check, level: 'problem', subject, said, costs, mend };
}

export function note(check: Check, subject: string, { said, mend }: Trouble, costs: string): Finding {
  return { check, level: 'note', subject, said, costs, mend };
}
