/** Why a call ended, as `callspan.end_reason` writes it. */
export interface VapiEndReason {
  /** The family of the vendor's reason, else `other`. */
  readonly name: string;
  readonly known: boolean;
  /** The call itself went wrong. */
  readonly failure: boolean;
  /** Hanging up or handing the call over was the agent's answer to what was said last. */
  readonly answers: boolean;
  /** The vendor's words. */
  readonly text: string;
}

/**
 * The vendor has some six hundred reasons, most of them the same failure of another provider or of another status
 * code. A family is the beginning of a reason that still says what is to be done; the first that fits.
 */
const FAMILIES: readonly (readonly [RegExp, string | undefined])[] = [
  [/^call[.-]start[.-](?:[a-z-]+-)?error(?![a-z])/, 'call.start.error'],
  [
    /^call\.(?:in-progress|ringing|forwarding|ending)\.error-(?:vapi|provider|config)fault(?![a-z])/,
    undefined,
  ],
  [/^call\.(?:in-progress|ringing|forwarding|ending)\.error(?![a-z])/, undefined],
  [/^pipeline-error(?![a-z])/, undefined],
  [/^call\.(?:in-progress|ringing|forwarding|ending)\.hook-executed(?![a-z])/, undefined],
  [/^call\.in-progress\.(?:[a-z]+-)?completed-call(?![a-z])/, 'call.in-progress.completed-call'],
  [/^call\.(?:in-progress|ringing|forwarding|ending)(?![a-z-])/, undefined],
  [
    /^assistant-(?:request|ended-call|said-end-call-phrase|forwarded-call|join-timed-out)(?![a-z])/,
    undefined,
  ],
  [/^assistant-(?:not-found|not-valid|error)(?![a-z])/, undefined],
  [/^customer-(?:ended-call|busy|did-not-answer|did-not-give-microphone-permission)(?![a-z])/, undefined],
  [/^customer(?![a-z])/, undefined],
  [/^(?:exceeded-max-duration|silence-timed-out|voicemail|manually-canceled)(?![a-z])/, undefined],
  [/^(?:scheduled-)?call-deleted(?![a-z])/, 'call-deleted'],
  [/^worker-shutdown(?![a-z])/, undefined],
  [/^phone-call-provider-closed-websocket(?![a-z])/, undefined],
  [/^(?:phone-call-provider|twilio|vonage|telnyx)(?![a-z])/, undefined],
];

const FAILURE =
  /error|failed|fault|^worker-shutdown|^assistant-request-|^phone-call-provider-closed-websocket/;

const ANSWERS =
  /^(?:assistant-(?:ended-call|said-end-call-phrase|forwarded-call)|voicemail|call\.forwarding)(?![a-z])|hook-executed-transfer/;

/** The vendor's reasons are words of its own, with dots and hyphens; anything else could be anybody's words. */
const VENDORS_WORDS = /^[a-z0-9]+(?:[.-][a-z0-9]+)*$/;
const LONGEST = 160;

export function endReason(text: string | undefined): VapiEndReason | undefined {
  if (text === undefined) return undefined;
  const reason = text.trim();
  const failure = FAILURE.test(reason);
  const answers = !failure && ANSWERS.test(reason);
  if (reason.length <= LONGEST && VENDORS_WORDS.test(reason)) {
    for (const [pattern, name] of FAMILIES) {
      const found = pattern.exec(reason);
      if (found) return { name: name ?? found[0], known: true, failure, answers, text };
    }
  }
  return { name: 'other', known: false, failure, answers, text };
}

/** A reason of the same family, of which nothing is told but whether it was a failure; undefined where it is of none. */
export function disguisedReason(text: string): string | undefined {
  const reason = endReason(text);
  if (!reason?.known) return undefined;
  return reason.failure && !FAILURE.test(reason.name) ? `${reason.name}-failed` : reason.name;
}
