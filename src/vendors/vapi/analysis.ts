import type { Conversation, Evaluation } from '../../conversation.ts';
import { asObject, isObject, type Json, text } from '../../json/reading.ts';

/** What the vendor's model judged of a call afterwards. */
export interface VapiAnalysis {
  /** Anything of it is there: nothing more will come. */
  readonly isThere: boolean;
  readonly evaluations: readonly Evaluation[];
  readonly dataCollection: Conversation['dataCollection'];
  readonly summary: string | undefined;
}

export function readAnalysis(call: Json, artifact: Json): VapiAnalysis {
  const analysis = asObject(call.analysis);
  const verdict = text(analysis.successEvaluation) ?? bare(analysis.successEvaluation);
  return {
    isThere: Object.values(analysis).some((value) => value != null && value !== ''),
    evaluations: verdict === undefined ? [] : [evaluation(verdict)],
    dataCollection: dataCollection(analysis, artifact),
    summary: text(analysis.summary),
  };
}

/** Old answers have it as a truth or a number. */
function bare(value: unknown): string | undefined {
  return typeof value === 'boolean' || typeof value === 'number' ? String(value) : undefined;
}

const VERDICTS: Readonly<Record<string, string>> = {
  true: 'success',
  pass: 'success',
  false: 'failure',
  fail: 'failure',
  excellent: 'excellent',
  good: 'good',
  fair: 'fair',
  poor: 'poor',
};
const SCORE = /^(-?\d{1,9}(?:\.\d{1,9})?)\s?%?$/;

/** In the words of the rubric that the customer has chosen: a verdict, a grade, a number, or anything else. */
function evaluation(verdict: string): Evaluation {
  const name = 'success_evaluation';
  const words = verdict.trim().toLowerCase();
  const score = SCORE.exec(words)?.[1];
  if (score !== undefined) return { name, score: Number(score) };
  return { name, label: Object.hasOwn(VERDICTS, words) ? (VERDICTS[words] ?? 'other') : 'other' };
}

function dataCollection(analysis: Json, artifact: Json): Conversation['dataCollection'] {
  const values = [
    ...Object.values(asObject(analysis.structuredData)),
    ...Object.values(asObject(artifact.structuredOutputs)).map((output) =>
      isObject(output) ? output.result : output,
    ),
  ];
  if (values.length === 0) return undefined;
  return { results: values.length, filled: values.filter((value) => value != null).length };
}
