import type { CallSpec, Shape } from './call.ts';
import type { Random } from './random.ts';
import type { Scenario } from './scenarios/scene.ts';

/** What a vendor's simulator starts from: a spec in which everything has been decided. */
export interface Casting<Scene> {
  readonly spec: CallSpec;
  readonly id: string;
  readonly shape: Shape;
  readonly scenario: Scenario<Scene>;
  readonly random: Random;
}
