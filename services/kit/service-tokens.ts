/** Tokens of this service for one tenant each, which core gives (RFC 6749, client credentials) and which are kept in memory. */
import { Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { unauthorized, unavailable } from './errors.ts';
import type { Problem } from './errors.ts';

export interface ServiceTokens {
  /** @throws Problem 401 `tenant_unknown`, 503 `core_unavailable` */
  get: (holder: TokenHolder) => Promise<string>;
  /** The token was refused: the next call asks for another one. */
  forget: (holder: TokenHolder) => void;
}

export interface TokenHolder {
  tenantId: string;
  /** Id of the user whom the service acts for; itself unless told. */
  onBehalfOf?: string;
}

export interface TokenRequest {
  method: 'POST';
  path: string;
  headers: Record<string, string>;
  body: string;
  signal: AbortSignal;
}

/** Sends a request to core. */
type Ask = (request: TokenRequest) => Promise<{ status: number; body: unknown }>;

const REQUEST_TIMEOUT_MS = 3_000;
/** A token that expires sooner is not used any more: it has to last for the call, on clocks that differ. */
const MARGIN_MS = 30_000;
/** One entry for each tenant, and for each user who is acted for; beyond this the oldest goes. */
const TOKENS_KEPT = 5_000;

const Granted = Type.Object({ access_token: Type.String({ minLength: 1 }), expires_in: Type.Integer({ minimum: 1 }) });

interface Kept {
  token: Promise<string>;
  /** As `performance.now()` counts; Infinity while it is being fetched, so that all who need it wait for one. */
  until: number;
}

export function createServiceTokens(name: string, secret: string, ask: Ask): ServiceTokens {
  const kept = new Map<string, Kept>();
  const authorization = `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`;

  async function fetchToken({ tenantId, onBehalfOf }: TokenHolder, entry: Kept): Promise<string> {
    const { status, body } = await ask({
      method: 'POST', path: '/internal/service-tokens', body: JSON.stringify({ tenant_id: tenantId, on_behalf_of: onBehalfOf }),
      headers: { authorization, 'content-type': 'application/json' }, signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    }).catch((cause: unknown) => {
      throw noToken(cause);
    });
    // Not 503: an event or a request of a tenant that was deleted would be tried for ever.
    if (status === 404) throw unauthorized('tenant_unknown', 'The tenant does not exist.');
    if (status !== 200 || !Value.Check(Granted, body)) throw noToken(new Error(`POST /internal/service-tokens answered ${status}`));
    entry.until = performance.now() + body.expires_in * 1_000 - MARGIN_MS;
    return body.access_token;
  }

  return {
    get(holder) {
      const name = nameOf(holder);
      const known = kept.get(name);
      if (known && known.until > performance.now()) return known.token;
      const entry: Kept = { until: Infinity, token: Promise.resolve('') };
      entry.token = fetchToken(holder, entry).catch((error: unknown) => {
        if (kept.get(name) === entry) kept.delete(name);
        throw error;
      });
      kept.delete(name);
      kept.set(name, entry);
      const [oldest] = kept.keys();
      if (kept.size > TOKENS_KEPT && oldest !== undefined) kept.delete(oldest);
      return entry.token;
    },
    forget: (holder) => void kept.delete(nameOf(holder)),
  };
}

function nameOf({ tenantId, onBehalfOf = '' }: TokenHolder): string {
  return `${tenantId} ${onBehalfOf}`;
}

function noToken(cause: unknown): Problem {
  return unavailable('core_unavailable', 'Core gives this service no token now.', cause);
}
