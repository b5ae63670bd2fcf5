import type { Reply } from '../http/request.ts';

export type ErrorStyle = 'modern' | 'legacy';

/** ElevenLabs' error bodies. The old form has only a status and a message; validation errors have FastAPI's. */
export class ErrorBodies {
  readonly #style: ErrorStyle;
  readonly #requestId: string;

  constructor(style: ErrorStyle, requestId: string) {
    this.#style = style;
    this.#requestId = requestId;
  }

  missingKey(): Reply {
    return this.#error(401, 'authentication_error', 'missing_api_key', 'No API key was provided');
  }

  invalidKey(): Reply {
    return this.#error(401, 'authentication_error', 'invalid_api_key', 'Invalid API key');
  }

  /** 403 today; 401 with another word in the old form. */
  missingPermission(): Reply {
    const message = 'The API key you used is missing the permission convai_read to execute this operation.';
    return this.#style === 'modern'
      ? this.#error(403, 'authorization_error', 'insufficient_permissions', message)
      : this.#error(401, 'authorization_error', 'missing_permissions', message);
  }

  notFound(code: 'conversation_not_found' | 'document_not_found'): Reply {
    return this.#error(404, 'not_found', code, 'The conversation was not found');
  }

  invalidPageSize(): Reply {
    return this.#error(
      400,
      'validation_error',
      'invalid_page_size',
      'page_size cannot exceed 100',
      'page_size',
    );
  }

  invalidCursor(): Reply {
    return this.#error(
      400,
      'validation_error',
      'invalid_cursor',
      'The cursor is invalid or expired',
      'cursor',
    );
  }

  invalidParameter(name: string, message: string, type: string): Reply {
    return { status: 422, json: { detail: [{ loc: ['query', name], msg: message, type }] } };
  }

  #error(status: number, type: string, code: string, message: string, param?: string): Reply {
    if (this.#style === 'legacy') return { status, json: { detail: { status: code, message } } };
    const named = param === undefined ? {} : { param };
    return {
      status,
      json: { detail: { type, code, message, status: code, request_id: this.#requestId, ...named } },
    };
  }
}
