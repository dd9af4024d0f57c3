/** Attempts to sign in, counted exactly over all pods: each one asks Redis. When Redis does not answer, this pod counts alone. */
import { createHash } from 'node:crypto';
import type { Refusal } from '../problems.ts';
import type { RedisScripts } from './redis.ts';

export interface SignInLimitOptions {
  attempts: number;
  windowMs: number;
  redis: RedisScripts | undefined;
}

interface Counted {
  count: number;
  endsInMs: number;
}

/** A guess must not cost its guesser's victim a wait: after this, the count of this pod decides. */
const REDIS_TIMEOUT_MS = 150;
/** Counted at most by a pod alone. */
const COUNTED_ALONE = 50_000;

/** KEYS[1]: who. ARGV[1]: window, ms. Returns attempts within the window with this one, and ms until it ends. */
const SCRIPT = `
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return { count, redis.call('PTTL', KEYS[1]) }`;

export class SignInLimit {
  readonly #options: SignInLimitOptions;
  readonly #alone = new Map<string, { count: number; endsAt: number }>();

  constructor(options: SignInLimitOptions) {
    this.#options = options;
  }

  /**
   * @param address where the attempt comes from; @param body of the request, with the e-mail address in it
   * @returns undefined when it may go on
   */
  async take(address: string, body: Buffer): Promise<Refusal | undefined> {
    const key = keyOf(address, body);
    const { count, endsInMs } = (await this.#countInRedis(key)) ?? this.#countAlone(key, performance.now());
    const { attempts, windowMs } = this.#options;
    return count <= attempts ? undefined : { policy: 'sign-in', quota: attempts, windowSeconds: Math.ceil(windowMs / 1_000), retryAfterMs: endsInMs };
  }

  async #countInRedis(key: string): Promise<Counted | undefined> {
    const { redis, windowMs } = this.#options;
    if (!redis) {
      return undefined;
    }
    try {
      const reply = await redis.run(SCRIPT, [`tartware:sign-in:${key}`], [String(windowMs)], REDIS_TIMEOUT_MS);
      return Array.isArray(reply) ? { count: Number(reply[0]), endsInMs: Math.max(0, Number(reply[1])) } : undefined;
    } catch {
      // That Redis is away is told by the reconciler, whose readiness check and metric name the reason.
      return undefined;
    }
  }

  #countAlone(key: string, now: number): Counted {
    const known = this.#alone.get(key);
    if (known && known.endsAt > now) {
      known.count += 1;
      return { count: known.count, endsInMs: known.endsAt - now };
    }
    this.#alone.delete(key);
    if (this.#alone.size >= COUNTED_ALONE) {
      const [oldest = ''] = this.#alone.keys();
      this.#alone.delete(oldest);
    }
    this.#alone.set(key, { count: 1, endsAt: now + this.#options.windowMs });
    return { count: 1, endsInMs: this.#options.windowMs };
  }
}

/** A hash: neither addresses nor e-mails are kept anywhere. */
function keyOf(address: string, body: Buffer): string {
  return createHash('sha256').update(`${address}|${emailIn(body)}`).digest('base64url');
}

function emailIn(body: Buffer): string {
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'));
    if (typeof parsed === 'object' && parsed !== null && 'email' in parsed && typeof parsed.email === 'string') {
      return parsed.email.trim().toLowerCase();
    }
  } catch {
    // No JSON, no e-mail: the address counts alone.
  }
  return '';
}
