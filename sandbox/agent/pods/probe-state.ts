import type { V1Probe } from '@kubernetes/client-node';

/** Where a probe stands: how often in a row it went the same way, and the verdict so far. */
export interface ProbeState {
  readonly passing: boolean;
  readonly streak: number;
  readonly lastPassed: boolean;
}

/** The probe's times and limits with Kubernetes' defaults, in milliseconds. */
export function probeTimes(probe: V1Probe): { initialDelayMs: number; periodMs: number; timeoutMs: number; successThreshold: number; failureThreshold: number } {
  return {
    initialDelayMs: (probe.initialDelaySeconds ?? 0) * 1_000,
    periodMs: (probe.periodSeconds ?? 10) * 1_000,
    timeoutMs: (probe.timeoutSeconds ?? 1) * 1_000,
    successThreshold: probe.successThreshold ?? 1,
    failureThreshold: probe.failureThreshold ?? 3,
  };
}

/** A liveness probe passes until it failed often enough; readiness and startup fail until they passed often enough. */
export function initialProbeState(passing: boolean): ProbeState {
  return { passing, streak: 0, lastPassed: passing };
}

/** The state after one more try. `failedEnough` is true at the try that reaches the failure threshold, and at each one after. */
export function afterProbe(state: ProbeState, passed: boolean, probe: V1Probe): ProbeState & { failedEnough: boolean } {
  const { successThreshold, failureThreshold } = probeTimes(probe);
  const streak = passed === state.lastPassed ? state.streak + 1 : 1;
  const decided = streak >= (passed ? successThreshold : failureThreshold);
  return { passing: decided ? passed : state.passing, streak, lastPassed: passed, failedEnough: decided && !passed };
}
