import { webhookVariable, zeroRetentionVariable } from '../vendors/registry.ts';
import type { Profile } from '../vendors/vendor.ts';
import { type Environment, wrong } from './environment.ts';
import { ConfigError } from './errors.ts';
import type { FileSource } from './schema.ts';
import { type ListenAddress, listenAddress } from './telemetry.ts';

/** What the webhooks of a source are trusted by. */
export interface WebhookTrust {
  /** Whether what is sent is signed with one of the secrets, or only sent to a path with one of the tokens in it. */
  readonly by: 'secret' | 'token';
  /** Each is taken; never empty. */
  readonly secrets: readonly string[];
}

/** What webhooks need of a source's settings. */
export interface WebhookSettings {
  readonly webhook?: WebhookTrust;
  /** Agents of which the vendor keeps nothing that could be fetched; `true`: all of the account's. */
  readonly zeroRetention: true | readonly string[];
}

/** Of a path that nobody is to guess, and that a proxy passes on as it is. */
const TOKEN = /^[\w.~-]{16,200}$/;

/** Where webhooks are taken; undefined: nowhere. @throws ConfigError */
export function webhookAddress(env: Environment): ListenAddress | undefined {
  const value = env.text('CALLSPAN_WEBHOOKS');
  return value === undefined ? undefined : listenAddress('CALLSPAN_WEBHOOKS', value);
}

/** Of the environment: both may be lists, with commas or blanks between. @throws ConfigError */
export function environmentWebhook(env: Environment, profile: Profile): WebhookSettings {
  if (profile.webhook === undefined) return { zeroRetention: [] };
  const variable = webhookVariable(profile);
  const secrets = words(env.secret(variable));
  if (profile.webhook === 'token') checkTokens(variable, secrets);
  return {
    ...(secrets.length === 0 ? {} : { webhook: { by: profile.webhook, secrets } }),
    zeroRetention: zeroRetention(env, profile),
  };
}

function zeroRetention(env: Environment, profile: Profile): true | readonly string[] {
  const agents = words(env.text(zeroRetentionVariable(profile)));
  const [first] = agents;
  if (first === 'true' && agents.length === 1) return true;
  return first === 'false' && agents.length === 1 ? [] : agents;
}

function words(value: string | undefined): readonly string[] {
  return value === undefined ? [] : value.split(/[\s,]+/).filter((word) => word !== '');
}

/** Of a source in a settings file. @throws ConfigError that names the source and no secret. */
export function fileWebhook(
  { name, webhook, zero_retention }: FileSource,
  profile: Profile,
): WebhookSettings {
  const zeroRetention = zero_retention === false ? [] : (zero_retention ?? []);
  const settings: WebhookSettings = { zeroRetention };
  if (webhook === undefined) return settings;
  const by = profile.webhook;
  const [wanted, other] = by === 'token' ? (['token', 'secrets'] as const) : (['secrets', 'token'] as const);
  if (by === undefined) throw new ConfigError(`The source ${name}: ${profile.title} has no webhooks.`);
  const secrets = (webhook[wanted] ?? []).map((secret) => secret.trim()).filter((secret) => secret !== '');
  if (secrets.length === 0 || webhook[other] !== undefined) {
    const why = by === 'token' ? 'signs nothing' : 'signs what it sends';
    throw new ConfigError(
      `The source ${name}: ${profile.title} ${why}; set webhook.${wanted}, and nothing else.`,
    );
  }
  if (by === 'token') checkTokens(`${name}.webhook.token`, secrets);
  return { ...settings, webhook: { by, secrets } };
}

function checkTokens(setting: string, tokens: readonly string[]): void {
  for (const token of tokens) {
    if (!TOKEN.test(token)) {
      throw wrong(
        setting,
        '...',
        'expected 16 letters, digits, dots, hyphens or underscores at least, such as `openssl rand -hex 24` prints',
      );
    }
  }
}
