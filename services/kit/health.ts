/** Liveness and readiness. Live: the process answers. Ready: it can do its work now; if not, the reasons are named. */

export interface ReadinessCheck {
  /** The dependency, such as `database`. */
  name: string;
  /** Throws, or rejects, with the reason in the message when the dependency cannot be used. */
  check: () => Promise<void> | void;
  /** Its failure is told and leaves the service ready: what waits for it waits, the rest is served. */
  optional?: boolean;
}

export interface CheckResult {
  name: string;
  ok: boolean;
  reason?: string;
  /** Present when the service is ready without it. */
  optional?: true;
}

export interface ReadinessReport {
  status: 'ready' | 'not_ready' | 'starting' | 'draining';
  checks: CheckResult[];
}

export type Phase = 'starting' | 'serving' | 'draining';

export interface Health {
  phase: Phase;
  checks: ReadinessCheck[];
  /** Runs all checks at once, each for at most `CHECK_TIMEOUT_MS`. Callers at the same time share one run. */
  report: () => Promise<ReadinessReport>;
}

const CHECK_TIMEOUT_MS = 2_000;

export function createHealth(): Health {
  let running: Promise<ReadinessReport> | undefined;
  const health: Health = {
    phase: 'starting',
    checks: [],
    report() {
      running ??= runChecks(health).finally(() => {
        running = undefined;
      });
      return running;
    },
  };
  return health;
}

async function runChecks(health: Health): Promise<ReadinessReport> {
  const checks = await Promise.all(health.checks.map(runCheck));
  if (health.phase !== 'serving') {
    return { status: health.phase, checks };
  }
  return { status: checks.every(({ ok, optional }) => ok || optional === true) ? 'ready' : 'not_ready', checks };
}

async function runCheck({ name, check, optional }: ReadinessCheck): Promise<CheckResult> {
  const mark = optional === true ? { optional } : {};
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${CHECK_TIMEOUT_MS / 1000} s`)), CHECK_TIMEOUT_MS);
  });
  try {
    await Promise.race([check(), tooLong]);
    return { name, ok: true, ...mark };
  } catch (error) {
    return { name, ok: false, reason: error instanceof Error ? error.message : String(error), ...mark };
  } finally {
    clearTimeout(timer);
  }
}
