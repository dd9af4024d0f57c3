/** Versions of a resource as ETags (RFC 9110): two who edit the same thing cannot overwrite each other without noticing. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from './errors.ts';

interface Versioned {
  version: number;
}

export function etagOf({ version }: Versioned): string {
  return `"${version}"`;
}

/**
 * Call it with the version that is in the database, read in the transaction that changes it and with its row locked.
 * @throws Problem 428 without `If-Match`, 412 when it names another version
 */
export function requireMatch(request: Pick<FastifyRequest, 'headers'>, version: number): void {
  const given = request.headers['if-match'];
  if (given === undefined) {
    throw new Problem({
      status: 428, code: 'precondition_required', message: 'This change needs the version that it is made to.', hint: 'Read the resource and send its ETag as "if-match".',
    });
  }
  if (!matches(given, version)) {
    throw new Problem({
      status: 412, code: 'version_outdated', message: `Somebody else has changed this: it is at version ${version} now.`,
      hint: 'Read it again, make the change to what it is now, and send its new ETag as "if-match".', headers: { etag: etagOf({ version }) },
    });
  }
}

/**
 * Answers a resource with its ETag; a GET that knows this version already (`If-None-Match`) gets 304. Return what it returns: that is the reply,
 * which Fastify waits for. It is called void since a handler's type takes a reply neither sync nor async.
 */
export const sendWithETag: <Resource extends Versioned>(reply: FastifyReply, resource: Resource) => void = (reply, resource) => {
  reply.header('etag', etagOf(resource));
  const known = reply.request.headers['if-none-match'];
  if (reply.request.method === 'GET' && known !== undefined && matches(known, resource.version)) {
    return reply.code(304).send();
  }
  return reply.send(resource);
};

/** A list of ETags or `*`. Whether a proxy weakened one (it had compressed the answer) does not matter: the version is the same. */
function matches(header: string, version: number): boolean {
  return header.split(',').map((tag) => tag.trim().replace(/^W\//, '')).some((tag) => tag === '*' || tag === `"${version}"`);
}
