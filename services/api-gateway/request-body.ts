/** How a request's body goes on: a small one whole, any other as a stream. */
import type { IncomingMessage } from 'node:http';
import { Transform } from 'node:stream';
import type { TransformCallback } from 'node:stream';
import { bodyTooLarge } from './problems.ts';

/** A body of at most this many bytes is received before it is sent on: slow clients then hold no connection to a service, and it costs less than a stream. */
export const HELD_BYTES = 16 * 1024;

export type BodyKind = 'none' | 'held' | 'streamed';

export function bodyKindOf({ headers }: IncomingMessage): BodyKind {
  if (headers['transfer-encoding'] !== undefined) {
    return 'streamed';
  }
  const length = headers['content-length'];
  if (length === undefined || length === '0') {
    return 'none';
  }
  return Number(length) <= HELD_BYTES ? 'held' : 'streamed';
}

/** Calls back once, with the whole body or that it is too large. A client that leaves before never calls back: its connection's end is seen elsewhere. */
export function holdBody(request: IncomingMessage, done: (body: Buffer) => void, tooLarge: () => void): void {
  let held: Buffer[] = [];
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= HELD_BYTES) {
      held.push(chunk);
    } else if (held.length > 0) {
      held = [];
      tooLarge();
    }
  });
  request.on('end', () => {
    if (bytes <= HELD_BYTES) {
      done(held.length === 1 && held[0] !== undefined ? held[0] : Buffer.concat(held));
    }
  });
}

/**
 * Stands between client and upstream. When the upstream answers before it has read all, only this ends: the client's connection
 * stays, and with it the answer.
 */
export class StreamedBody extends Transform {
  readonly #request: IncomingMessage;
  readonly #limit: number;
  #bytes = 0;

  /** @param limit bytes; a longer body ends in a `Problem` 413 */
  constructor(request: IncomingMessage, limit: number) {
    super();
    this.#request = request;
    this.#limit = limit;
    request.pipe(this);
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#limit) {
      done(bodyTooLarge(this.#limit));
      return;
    }
    done(null, chunk);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#request.unpipe(this);
    // What still comes is read and forgotten, or the client would wait for us to take it before it looks for the answer.
    this.#request.resume();
    done(error);
  }
}
