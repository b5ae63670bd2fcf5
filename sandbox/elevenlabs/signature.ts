/** `ElevenLabs-Signature`, as the vendor makes it, and as it may arrive. */
import { createHmac } from 'node:crypto';

/**
 * `plain`: one signature. `rotated`: that of an older secret before it, `rotating`: after it. `spaced` and `upper`
 * are what proxies and other libraries make of it: the same all the same.
 */
export type SignatureStyle = 'plain' | 'rotated' | 'rotating' | 'spaced' | 'upper';

const OLDER = 'wsec_of_last_year';

/** The header of a body. @param t unix seconds. */
export function signature(
  body: Buffer,
  secret: string,
  t: number | string,
  style: SignatureStyle = 'plain',
): string {
  const own = `v0=${digest(body, secret, t)}`;
  const older = `v0=${digest(body, OLDER, t)}`;
  switch (style) {
    case 'plain':
      return `t=${t},${own}`;
    case 'rotated':
      return `t=${t},${older},${own}`;
    case 'rotating':
      return `t=${t},${own},${older}`;
    case 'spaced':
      return `t=${t}, ${own}`;
    case 'upper':
      return `t=${t},v0=${own.slice('v0='.length).toUpperCase()}`;
  }
}

function digest(body: Buffer, secret: string, t: number | string): string {
  return createHmac('sha256', secret).update(`${t}.`).update(body).digest('hex');
}
