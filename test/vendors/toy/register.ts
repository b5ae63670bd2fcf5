import { registerVendor } from '../../../src/vendors/registry.ts';
import { TOY } from './profile.ts';

/** The line that a vendor of callspan's own has in the registry. @returns takes it out again. */
export function registerToy(): () => void {
  return registerVendor({ profile: TOY, load: () => import('./vendor.ts') });
}
