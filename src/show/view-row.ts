/** One bar of the picture. */
export interface ViewRow {
  /** The span's name without the vendor's. */
  readonly name: string;
  readonly depth: number;
  /** `callspan.phase`. */
  readonly phase: string;
  /** Unix nanoseconds. */
  readonly start: bigint;
  readonly end: bigint;
  /** How long it truly took, in seconds: a phase's bar may be clipped, a tool's is whole seconds. */
  readonly seconds: number;
  readonly turn: number | undefined;
  readonly error: boolean;
  /** What went wrong: unanswered, interrupted and the like. */
  readonly remark: string | undefined;
  /** What is to be known of it, and is no fault. */
  readonly aside: string | undefined;
  /** Of a wait: what its phases leave open, in seconds; the end of its bar, for phases are laid from its start. */
  readonly unexplained: number | undefined;
  /** What was said, where content is let out. */
  readonly text: string | undefined;
}
