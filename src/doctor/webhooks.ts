import type { Config } from '../config/config.ts';
import { type Finding, problem } from './finding.ts';
import { type Origin, SourceLines } from './lines.ts';
import { examineListener } from './listener.ts';

/** Behind a proxy, as the page of webhooks has it. */
const ADDRESS = '127.0.0.1:9465';

/** Where webhooks are taken, and sources of which nothing else can tell, because their vendor keeps nothing. */
export async function examineWebhooks(
  { sources, webhooks }: Config,
  origin: Origin,
  signal: AbortSignal,
): Promise<Finding[]> {
  const findings = sources.flatMap((source): Finding[] => {
    const { name, zeroRetention, webhook } = source;
    const isKept = zeroRetention !== true && zeroRetention.length === 0;
    if (isKept || (webhook !== undefined && webhooks !== undefined)) return [];
    const whose = zeroRetention === true ? 'its conversations' : `those of ${zeroRetention.join(', ')}`;
    const address = webhooks === undefined ? `CALLSPAN_WEBHOOKS=${ADDRESS}` : '';
    const mend =
      webhook === undefined
        ? new SourceLines(source, origin).webhook(`${address} `.trimStart())
        : `export ${address}`;
    const said = `the vendor keeps nothing of ${whose}, and no webhook tells of them`;
    return [
      problem('source', name, { said, mend }, 'those conversations are lost: the webhook is the only copy'),
    ];
  });
  if (webhooks !== undefined) findings.push(await examineListener('CALLSPAN_WEBHOOKS', webhooks, signal));
  return findings;
}
