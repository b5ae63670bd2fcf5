import type { KnownFields, Vendor } from '../../../src/vendors/vendor.ts';
import { TOY } from './profile.ts';
import { readBody } from './read-body.ts';
import { ToySource } from './source.ts';

const KEYS = new Set(['key', 'bot', 'began', 'ended', 'lines', 'who', 'from', 'to', 'words', 'toy_version']);

/** Everything that is not named here is disguised by `callspan capture`. */
const FIELDS: KnownFields = {
  keys: (name) => KEYS.has(name),
  ids: new Set(['key', 'bot']),
  timing: (field) => ['began', 'ended', 'from', 'to'].includes(field),
  enumerations: { who: ['bot', 'caller'], toy_version: [1] },
  namedByUser: new Set(),
  spanNames: new Set(),
  vendorSpans: new Set(),
  vendorTools: new Set(),
  spanPrefixes: [],
  attributes: () => false,
  attributeKeys: new Set(),
  attributePrefixes: [],
  form: () => undefined,
};

export const vendor: Vendor = {
  profile: TOY,
  fields: FIELDS,
  source: (account, parts) => new ToySource(account, parts),
  read: readBody,
};
