import type { ElevenLabsCall } from '../call.ts';
import type { Json } from '../fields.ts';
import { mix } from '../random.ts';

/** The summary that the vendor's model writes; it repeats what was said. */
export function summary(call: ElevenLabsCall): string {
  const first = call.turns.find((turn) => turn.speaker === 'user' && !turn.silent && !turn.backchannel);
  return `${call.person.name} called and said: ${first?.text ?? 'nothing'}`;
}

type Verdict = 'success' | 'failure' | 'unknown';

export function verdict(call: ElevenLabsCall): Verdict {
  return draw(call, 0);
}

function draw(call: ElevenLabsCall, salt: number): Verdict {
  const verdicts = ['success', 'success', 'success', 'failure', 'unknown'] as const;
  return verdicts[mix(call.id, salt) % verdicts.length] ?? 'unknown';
}

/** What a conversation is judged by, and how it was judged. */
function criteria(call: ElevenLabsCall): Record<string, Verdict> {
  return { polite: draw(call, 2), solved: draw(call, 3) };
}

/** Every judgement that is published, by criterion, that of the whole call included. Only what is done is judged. */
export function evaluations(call: ElevenLabsCall): Record<string, Verdict> {
  if (call.fate !== 'exported' || call.traits.status !== 'done') return {};
  return { ...criteria(call), call_successful: verdict(call) };
}

/** What the vendor's model made of the conversation afterwards. */
export function analysis(call: ElevenLabsCall): Json {
  return {
    evaluation_criteria_results: Object.fromEntries(
      Object.entries(criteria(call)).map(([id, result]) => [
        id,
        { criteria_id: id, result, rationale: `The agent was ${id} to ${call.person.name}.` },
      ]),
    ),
    data_collection_results: {
      name: { data_collection_id: 'name', value: call.person.name, rationale: "The caller's own words." },
    },
    call_successful: verdict(call),
    transcript_summary: summary(call),
    call_summary_title: 'A question about an order',
  };
}
