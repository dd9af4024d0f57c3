import { randomBytes } from 'node:crypto';
import type { SandboxUser } from '../../rancher/users.ts';

export interface Session {
  /** What the browser holds in the cookie R_SESS. */
  readonly token: string;
  /** What the page's scripts have to send along with every change: the cookie CSRF holds it, a foreign page cannot read it. */
  readonly csrf: string;
  readonly user: SandboxUser;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  /** Aborted when the session expires or is signed out: what it opened is closed then. */
  readonly ended: AbortSignal;
}

interface Entry {
  readonly session: Session;
  readonly controller: AbortController;
  readonly timer: NodeJS.Timeout;
}

/** Who is signed in. In memory only: a restart of the edge signs everybody out. */
export class SessionStore {
  readonly #entries = new Map<string, Entry>();
  readonly #ttlMs: number;

  /** @param ttlMs how long a session lasts from sign-in; use does not prolong it, as in Rancher */
  constructor(ttlMs: number) {
    this.#ttlMs = ttlMs;
  }

  start(user: SandboxUser): Session {
    const controller = new AbortController();
    const session: Session = {
      token: randomBytes(32).toString('base64url'),
      csrf: randomBytes(16).toString('hex'),
      user,
      expiresAt: Date.now() + this.#ttlMs,
      ended: controller.signal,
    };
    const timer = setTimeout(() => this.end(session.token), this.#ttlMs).unref();
    this.#entries.set(session.token, { session, controller, timer });
    return session;
  }

  find(token: string | undefined): Session | undefined {
    const session = token === undefined ? undefined : this.#entries.get(token)?.session;
    return session && session.expiresAt > Date.now() ? session : undefined;
  }

  end(token: string): void {
    const entry = this.#entries.get(token);
    if (!entry) return;
    this.#entries.delete(token);
    clearTimeout(entry.timer);
    entry.controller.abort();
  }

  endAll(): void {
    for (const token of [...this.#entries.keys()]) this.end(token);
  }
}
