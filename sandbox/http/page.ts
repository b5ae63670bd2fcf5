/** Right answers made wrong in their content. */
import type { Fault } from './fault.ts';
import type { Reply, SeenRequest } from './request.ts';

/** The last page of each route, and the one before it. */
export type PageMemory = Map<string, { readonly last: unknown; readonly before: unknown }>;

/** The reply, with what the fault does to its content. */
export function bent(reply: Reply, fault: Fault, request: SeenRequest, pages: PageMemory): Reply {
  if (!isObject(reply.json)) return reply;
  switch (fault.kind) {
    case 'duplicate-page':
      return { ...reply, json: repeated(reply.json, pages.get(request.route)?.before) };
    case 'has-more':
      return { ...reply, json: lying(reply.json, fault.lie, request.query.get('cursor')) };
    case 'nulls':
      return {
        ...reply,
        json: fault.paths.reduce<unknown>((json, path) => nulled(json, path.split('.')), reply.json),
      };
    case 'partial-success':
      return {
        ...reply,
        json: {
          partialSuccess: {
            [request.route === 'metrics' ? 'rejectedDataPoints' : 'rejectedSpans']: String(fault.rejected),
            errorMessage: fault.message,
          },
        },
      };
    default:
      return reply;
  }
}

function repeated(page: Record<string, unknown>, before: unknown): Record<string, unknown> {
  const rows = 'conversations' in page ? 'conversations' : 'data';
  return isObject(before) ? { ...page, [rows]: before[rows] } : page;
}

function lying(page: Record<string, unknown>, lie: string, asked: string | null): Record<string, unknown> {
  if (lie === 'stops') return { ...page, has_more: false, next_cursor: null };
  return { ...page, has_more: true, next_cursor: lie === 'same-cursor' ? asked : null };
}

function nulled(json: unknown, path: readonly string[]): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return null;
  if (Array.isArray(json)) {
    return json.map((item, place) => (step === '*' || step === String(place) ? nulled(item, rest) : item));
  }
  return isObject(json) && step in json ? { ...json, [step]: nulled(json[step], rest) } : json;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
