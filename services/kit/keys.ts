/** Core's public keys, fetched and kept: requests never wait for them but in the moment a new key appears. */
import { Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { unavailable } from './errors.ts';
import { getJson } from './get-json.ts';
import type { ReadinessCheck } from './health.ts';
import type { Logger } from './log.ts';
import { PublishedKey, UnknownKey, createTokenVerifier } from './tokens.ts';
import type { Claims } from './tokens.ts';

export interface RemoteTokensOptions {
  /** Such as `http://core:8080/.well-known/jwks.json`. */
  jwksUrl: string;
  log: Logger;
  /** How long fetched keys are used, ms; default 5 min: that long a withdrawn key may still be taken. */
  refreshMs?: number;
  /** How soon to try again after a failure, and at most how often an unknown key makes us ask, ms; default 2 s. */
  retryMs?: number;
}

const FETCH_TIMEOUT_MS = 3_000;
const Jwks = Type.Object({ keys: Type.Array(Type.Unknown(), { maxItems: 100 }) });

/** Verifies tokens with the keys that Core publishes. Starts fetching at once and goes on for ever; fetched keys stay in use while Core is down. */
export class RemoteTokens {
  /** Whether the keys are there; if not, why. */
  readonly check: ReadinessCheck = { name: 'signing keys of core', check: () => this.#explainMissing() };
  readonly #options: Required<RemoteTokensOptions>;
  readonly #verifier = createTokenVerifier();
  #loaded = false;
  #failure: string | undefined;
  #lastAsked = 0;
  #running: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: RemoteTokensOptions) {
    this.#options = { refreshMs: 300_000, retryMs: 2_000, ...options };
    void this.#refresh();
  }

  /**
   * As `TokenVerifier.verify`; a promise only when the keys must be fetched first.
   * @throws Problem 401, or 503 while no keys are known
   */
  verify(token: string): Claims | Promise<Claims> {
    try {
      return this.#verifier.verify(token);
    } catch (error) {
      if (!(error instanceof UnknownKey)) {
        throw error;
      }
      // Made-up key ids must not turn into calls to Core.
      if (this.#running || Date.now() - this.#lastAsked >= this.#options.retryMs) {
        return this.#verifyWithNewKeys(token);
      }
      this.#assertLoaded();
      throw error;
    }
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  async #verifyWithNewKeys(token: string): Promise<Claims> {
    await this.#refresh();
    this.#assertLoaded();
    return this.#verifier.verify(token);
  }

  /** Callers at the same time share one fetch. */
  #refresh(): Promise<void> {
    this.#running ??= this.#fetch().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #fetch(): Promise<void> {
    const { jwksUrl, log, refreshMs, retryMs } = this.#options;
    this.#lastAsked = Date.now();
    let failure: string | undefined;
    try {
      this.#verifier.setKeys(await fetchKeys(jwksUrl));
      this.#loaded = true;
    } catch (error) {
      failure = error instanceof Error ? error.message : String(error);
      if (failure !== this.#failure) {
        log.warn({ jwksUrl, reason: failure }, 'the signing keys could not be fetched');
      }
    }
    this.#failure = failure;
    clearTimeout(this.#timer);
    if (!this.#closed) {
      this.#timer = setTimeout(() => void this.#refresh(), failure === undefined ? refreshMs : retryMs).unref();
    }
  }

  #assertLoaded(): void {
    if (!this.#loaded) {
      throw unavailable('signing_keys_unavailable', 'Access tokens cannot be checked now: Core has not given its keys yet.');
    }
  }

  #explainMissing(): void {
    if (!this.#loaded) {
      throw new Error(this.#failure ?? 'they have not been fetched yet');
    }
  }
}

async function fetchKeys(url: string): Promise<PublishedKey[]> {
  const body = await getJson(url, FETCH_TIMEOUT_MS);
  const keys = Value.Check(Jwks, body) ? body.keys.filter((key): key is PublishedKey => Value.Check(PublishedKey, key)) : [];
  if (keys.length === 0) {
    throw new Error(`${url} has no Ed25519 key`);
  }
  return keys;
}
