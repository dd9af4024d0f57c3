import { probeLoop, type ProbeListener, type ProbeTarget } from './probes.ts';

export type ProbeKind = 'Startup' | 'Readiness' | 'Liveness';

/** The health of one run of a container, by its probes. */
export interface Health {
  readonly started: boolean;
  readonly ready: boolean;
  stop(): void;
}

export interface HealthListener {
  changed(): void;
  unhealthy(kind: ProbeKind, message: string): void;
  /** The container has to be ended; with the probe's own grace in seconds if it has one. */
  failed(kind: ProbeKind, graceSeconds: number | undefined): void;
}

/** Watches a container that was just started. Readiness and liveness wait for the startup probe. */
export function watchHealth(target: ProbeTarget, listener: HealthListener): Health {
  const { startupProbe, readinessProbe, livenessProbe } = target.container;
  const stop = new AbortController();
  const health = { started: !startupProbe, ready: !startupProbe && !readinessProbe, stop: () => stop.abort() };
  const { signal } = stop;

  const listen = (kind: ProbeKind, changed: (passing: boolean) => void, failed: () => void): ProbeListener => ({
    changed: (passing) => {
      changed(passing);
      listener.changed();
    },
    unhealthy: (message) => listener.unhealthy(kind, message),
    failed,
  });

  const afterStart = (): void => {
    health.started = true;
    health.ready = !readinessProbe;
    if (readinessProbe) {
      const setReady = (passing: boolean): void => {
        health.ready = passing;
      };
      void probeLoop(readinessProbe, false, target, listen('Readiness', setReady, () => undefined), { signal });
    }
    if (livenessProbe) {
      const fail = (): void => listener.failed('Liveness', livenessProbe.terminationGracePeriodSeconds);
      void probeLoop(livenessProbe, true, target, listen('Liveness', () => undefined, fail), { signal });
    }
  };

  if (!startupProbe) afterStart();
  else {
    const fail = (): void => listener.failed('Startup', startupProbe.terminationGracePeriodSeconds);
    void probeLoop(startupProbe, false, target, listen('Startup', afterStart, fail), { signal, untilPassed: true });
  }
  return health;
}
