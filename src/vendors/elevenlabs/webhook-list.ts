import { asObject, objects, text } from '../../json/reading.ts';

/**
 * What the list of a workspace's webhooks says of the one that calls us.
 * @param path how its URL ends.
 * @returns undefined where none does: a proxy may have given it another, and one that is another's says nothing.
 */
export function isDisabled(body: unknown, path: string): boolean | undefined {
  const ours = objects(asObject(body).webhooks).filter(({ webhook_url }) =>
    text(webhook_url)
      ?.replace(/[?#].*/, '')
      .replace(/\/+$/, '')
      .endsWith(path),
  );
  if (ours.length === 0) return undefined;
  return ours.every(({ is_disabled, is_auto_disabled }) => is_disabled === true || is_auto_disabled === true);
}
