/** Prometheus metrics that every service has. Names, labels and buckets are those that alerts, dashboards and HPAs use. */
import { Counter, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

/** Seconds. 0.45, 0.5, 0.9 and 1 are the limits that objectives and alerts speak of: a quantile there needs no interpolation. */
export const DURATION_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.45, 0.5, 0.75, 0.9, 1, 2.5, 5, 10];

/** A request that the client gave up before it was answered: no answer was sent, and nginx's number for it is understood by all. */
export const STATUS_CLIENT_GONE = 499;

export interface RouteMetrics {
  /** @param seconds from the first byte of the request's head to the end of the answer */
  observe: (method: string, statusCode: number, seconds: number) => void;
}

export interface Metrics {
  registry: Registry;
  /** @param route the route's pattern (`/v1/properties/:id`), never the path that was asked: a label must not grow with the ids in use */
  forRoute: (route: string) => RouteMetrics;
}

interface Child {
  count: Counter.Internal;
  duration: Histogram.Internal<'method' | 'route' | 'status_code'>;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const labelNames = ['method', 'route', 'status_code'] as const;
  const requests = new Counter({ name: 'http_requests_total', help: 'Requests answered.', labelNames, registers: [registry] });
  const durations = new Histogram({
    name: 'http_request_duration_seconds', help: 'Time from request to end of answer.', labelNames, buckets: DURATION_BUCKETS, registers: [registry],
  });

  function forRoute(route: string): RouteMetrics {
    // Looking a child up by its labels costs more than counting: each is looked up once per method and status.
    const byMethod = new Map<string, Map<number, Child>>();
    return {
      observe(method, statusCode, seconds) {
        const children = byMethod.get(method) ?? new Map<number, Child>();
        let child = children.get(statusCode);
        if (!child) {
          const labels = { method, route, status_code: String(statusCode) };
          child = { count: requests.labels(labels), duration: durations.labels(labels) };
          byMethod.set(method, children.set(statusCode, child));
        }
        child.count.inc();
        child.duration.observe(seconds);
      },
    };
  }

  return { registry, forRoute };
}
