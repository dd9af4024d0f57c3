/** One small GET for start-up and refresh. `fetch` would do, but the first use of it costs every process 15 MB. */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { json } from 'node:stream/consumers';

const MAX_BYTES = 1024 * 1024;

/** @throws Error that says what went wrong: no connection, no answer within `timeoutMs`, a status other than 200, no JSON */
export async function getJson(url: string, timeoutMs: number): Promise<unknown> {
  const send = new URL(url).protocol === 'https:' ? httpsRequest : httpRequest;
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    return await new Promise<unknown>((resolve, reject) => {
      const request = send(url, { signal, headers: { accept: 'application/json' } }, (response) => {
        if (response.statusCode !== 200 || Number(response.headers['content-length'] ?? 0) > MAX_BYTES) {
          response.destroy();
          reject(new Error(`${url} answered ${response.statusCode}`));
          return;
        }
        json(response).then(resolve, reject);
      });
      request.on('error', reject).end();
    });
  } catch (error) {
    throw signal.aborted ? new Error(`${url} did not answer within ${timeoutMs} ms`, { cause: error }) : error;
  }
}
