import { LoadTestError } from './errors.ts';

/** The user of Core's demo data. */
export interface Account {
  email: string;
  password: string;
}

const TIMEOUT_MS = 5_000;

export function demoAccount(env: NodeJS.ProcessEnv = process.env): Account {
  return { email: 'operator@demo.tartware.example', password: env.TARTWARE_DEMO_PASSWORD || 'demo-password' };
}

/**
 * Signs in once, so that a run that would consist of errors does not begin.
 * @throws LoadTestError TARGET_UNREACHABLE, SIGN_IN_REFUSED, TARGET_UNREADY, TARGET_UNKNOWN
 */
export async function checkTarget(url: string, account: Account): Promise<void> {
  const response = await fetch(`${ url }/v1/auth/sign-in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(account),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch((error: unknown) => {
    throw new LoadTestError('TARGET_UNREACHABLE', `Nothing answers at ${ url }: ${ reasonOf(error) }.`, 'Start the sandbox with npm start, or give another gateway with --url.', { cause: error });
  });
  const body: unknown = await response.json().catch(() => undefined);

  if (response.status === 401) {
    throw new LoadTestError('SIGN_IN_REFUSED', `${ account.email } may not sign in at ${ url }.`, 'Set TARTWARE_DEMO_PASSWORD to the password that Core\'s demo data were made with.');
  }
  if (response.status >= 500) {
    throw new LoadTestError('TARGET_UNREADY', `${ url } answers ${ response.status } to a sign-in: ${ detailOf(body) }.`, 'Look at the pods of core and at its database, and run this again when they are ready.');
  }
  if (!response.ok || typeof body !== 'object' || body === null || !('access_token' in body)) {
    throw new LoadTestError('TARGET_UNKNOWN', `What answers at ${ url } is not the gateway: it answers ${ response.status } to a sign-in.`, 'Give the gateway\'s address with --url.');
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') return `no answer in ${ TIMEOUT_MS / 1000 } s`;
  const cause = error instanceof Error ? error.cause : undefined;

  return cause instanceof Error && cause.message !== '' ? cause.message : String(error);
}

function detailOf(body: unknown): string {
  return typeof body === 'object' && body !== null && 'detail' in body ? String(body.detail) : 'it gave no reason';
}
