/** An id per request, in logs, answers and calls to other services. */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

export const REQUEST_ID_HEADER = 'x-request-id';

/** What a client may choose itself: short and free of anything that could break a log line or a header. */
const ACCEPTABLE = /^[\w.-]{1,64}$/;

/** A counter behind a prefix that is random per process costs a tenth of a UUID and is as unique. */
export function createRequestIds(): (request: IncomingMessage) => string {
  const prefix = randomBytes(6).toString('hex');
  let count = 0;
  return (request) => {
    const given = request.headers[REQUEST_ID_HEADER];
    if (typeof given === 'string' && ACCEPTABLE.test(given)) {
      return given;
    }
    count += 1;
    return `${prefix}-${count.toString(36)}`;
  };
}
