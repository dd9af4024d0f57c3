import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { join } from 'node:path';

/** Whether a GET answers with 2xx; throws when nothing listens. */
export async function answersOk(url: string, timeoutMs = 1_000, headers: Readonly<Record<string, string>> = {}): Promise<boolean> {
  const response = await fetch(url, { headers, redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) });
  await response.body?.cancel();
  return response.ok;
}

/**
 * GETs an HTTPS URL with the admin certificate of the sandbox's own keys.
 * @returns the status; throws when nothing listens within the time
 */
export async function statusWithCertificate(url: string, pki: string, timeoutMs = 2_000): Promise<number> {
  const agent = new Agent({ ca: readFileSync(join(pki, 'ca.crt')), cert: readFileSync(join(pki, 'admin.crt')), key: readFileSync(join(pki, 'admin.key')), rejectUnauthorized: false });
  return new Promise((resolve, reject) => {
    const call = request(url, { agent, timeout: timeoutMs }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    call.on('timeout', () => call.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    call.on('error', reject);
    call.end();
  });
}
