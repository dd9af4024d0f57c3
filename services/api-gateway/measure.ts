/** Metrics of the gateway besides those of every service. Read when Prometheus asks: nothing of it costs a request. */
import type { Metrics } from '@tartware/kit';
import { Counter, Gauge } from 'prom-client';
import type { Reconciler } from './limits/reconcile.ts';
import type { LoopDelay } from './resilience/loop-delay.ts';
import type { Upstream } from './upstream.ts';

export interface Measured {
  upstreams: readonly Upstream[];
  reconciler: Reconciler | undefined;
  loop: LoopDelay;
}

const BREAKER_STATES = { closed: 0, 'half-open': 1, open: 2 } as const;

export function measureGateway({ registry, addTotals }: Metrics, { upstreams, reconciler, loop }: Measured): { turnedAway: (reason: string) => void } {
  const registers = [registry];
  addTotals('gateway');
  const gauge = (name: string, help: string, read: (upstream: Upstream) => number): Gauge<'upstream'> =>
    new Gauge({
      name, help, labelNames: ['upstream'], registers,
      collect() {
        upstreams.forEach((upstream) => this.set({ upstream: upstream.name }, read(upstream)));
      },
    });
  gauge('gateway_breaker_state', 'Circuit breaker of an upstream: 0 closed, 1 half-open, 2 open.', ({ breaker }) => BREAKER_STATES[breaker.state]);
  gauge('gateway_upstream_in_flight', 'Requests sent to an upstream and not yet answered whole.', ({ inFlight }) => inFlight);
  new Counter({
    name: 'gateway_retries_total', help: 'Attempts repeated after a failure.', labelNames: ['upstream'], registers,
    collect() {
      this.reset();
      upstreams.forEach(({ name, retries }) => this.inc({ upstream: name }, retries));
    },
  });
  new Gauge({ name: 'gateway_event_loop_delay_seconds', help: 'Average lateness of the event loop.', registers, collect() { this.set(loop.averageMs / 1_000); } });
  new Gauge({ name: 'gateway_limits_shared', help: '1 while all pods keep the limits together through Redis, 0 while each keeps them alone.', registers, collect() { this.set(reconciler && reconciler.failure === undefined ? 1 : 0); } });
  new Counter({
    name: 'gateway_limit_reconcile_failures_total', help: 'Reconciliations with Redis that failed.', registers,
    collect() {
      this.reset();
      this.inc(reconciler?.failures ?? 0);
    },
  });
  const turnedAway = new Counter({ name: 'gateway_turned_away_total', help: 'Requests refused by limits (read, write, sign-in) or overload.', labelNames: ['reason'], registers });
  return { turnedAway: (reason) => turnedAway.inc({ reason }) };
}
