import type { FastifyReply } from 'fastify';

/** What the edge itself answers when it refuses or fails: Rancher's error shape, with a hint beside it. */
export class EdgeError extends Error {
  /** HTTP status. */
  readonly status: number;
  readonly code: string;
  /** What the reader can do about it. */
  readonly hint: string;

  constructor(status: number, code: string, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'EdgeError';
    this.status = status;
    this.code = code;
    this.hint = hint;
  }
}

/** The body of an error answer, as Rancher's clients read it. */
export function errorBody({ status, code, message, hint }: EdgeError): Record<string, unknown> {
  return { type: 'error', baseType: 'error', status, code, message, hint };
}

export async function sendError(reply: FastifyReply, error: EdgeError): Promise<FastifyReply> {
  return reply.code(error.status).type('application/json; charset=utf-8').send(errorBody(error));
}

export function unauthorized(): EdgeError {
  return new EdgeError(401, 'Unauthorized', 'must authenticate', 'sign in at /dashboard/auth/login');
}

export function notFound(what: string): EdgeError {
  return new EdgeError(404, 'NotFound', `${what} is not found`, 'the sandbox answers only what Rancher\'s dashboard and the extension ask for; see sandbox/edge/README.md');
}
