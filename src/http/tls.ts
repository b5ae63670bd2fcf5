import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';

/** PEM texts. */
export interface TlsOptions {
  /** The certificate authority to trust instead of the well-known ones. */
  readonly ca?: string;
  /** The client's certificate and key. */
  readonly cert?: string;
  readonly key?: string;
}

/**
 * Checks the texts once, before a connection trips over them in the middle of the night.
 *
 * @throws TypeError with what OpenSSL says about them, which is never their content.
 */
export function checkTls(tls: TlsOptions | undefined): void {
  if (!tls) return;
  if ((tls.cert === undefined) !== (tls.key === undefined)) {
    throw new TypeError('Expected the client certificate and its key to come together');
  }
  if (tls.ca !== undefined) checkAuthority(tls.ca);
  try {
    createSecureContext({ ...tls });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TypeError(`Expected the TLS certificates to be PEM texts that belong together: ${reason}`);
  }
}

/** By itself: Node passes over a broken authority in silence, and then trusts nobody. */
function checkAuthority(ca: string): void {
  const blocks = ca.match(/-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----/gs) ?? [];
  try {
    for (const block of blocks) new X509Certificate(block);
  } catch {
    blocks.length = 0;
  }
  if (blocks.length === 0)
    throw new TypeError('Expected the certificate authority to be certificates as PEM text');
}
