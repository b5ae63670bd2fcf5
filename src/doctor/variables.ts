import leven from 'leven';
import { isOthers, knownVariables } from '../config/variables.ts';
import { type Finding, problem } from './finding.ts';

/** So near, two names are one that was misspelt. */
const NEAR = 2;
/** Shorter names are near to too many. */
const SHORTEST = 9;

/** Variables that nobody reads: those with callspan's or OpenTelemetry's prefix, and those whose name is nearly a known one. */
export function examineVariables(variables: NodeJS.ProcessEnv): Finding[] {
  const known = knownVariables();
  return Object.keys(variables).flatMap((name) => {
    if (known.includes(name) || isOthers(name) || (variables[name] ?? '') === '') return [];
    const near = nearest(name, known);
    if (near === undefined && !name.startsWith('CALLSPAN_')) return [];
    return [
      problem(
        'variables',
        name,
        near === undefined
          ? { said: `${name} is no setting of callspan, and near to none`, mend: `unset ${name}` }
          : {
              said: `${name} is no setting of callspan; the nearest is ${near}`,
              mend: `export ${near}="$${name}"; unset ${name}`,
            },
        'what it was meant to set is not set',
      ),
    ];
  });
}

/** The known name that is nearest, if one is near. Words in another order, or left out, are near too. */
function nearest(name: string, known: readonly string[]): string | undefined {
  if (name.length < SHORTEST) return undefined;
  const isOurs = /^(?:CALLSPAN|OTEL)_/.test(name);
  const [best] = known
    .map((candidate) => ({ candidate, distance: leven(name, candidate) }))
    .sort((one, other) => one.distance - other.distance);
  if (best !== undefined && best.distance <= (isOurs ? Math.max(NEAR, name.length / 6) : NEAR))
    return best.candidate;
  const letters = wordsOf(name);
  return known.find((candidate) => wordsOf(candidate) === letters);
}

/** Without regard to the order of words, and to how they are joined. */
function wordsOf(name: string): string {
  return name.replaceAll('-', '_').toUpperCase().split('_').toSorted().join('_');
}
