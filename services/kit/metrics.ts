/** Prometheus metrics that every service has. Names, labels and buckets are those that alerts, dashboards and HPAs use. */
import { Registry, collectDefaultMetrics } from 'prom-client';
import { DURATION_BUCKETS, RequestCounter, RequestDurations, add, nothingCounted } from './metrics-requests.ts';
import type { Series } from './metrics-requests.ts';

export { DURATION_BUCKETS };

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
  /**
   * Tells the same requests once more, added up over routes and methods: `<prefix>_requests_total{status_class}` (`2xx` to `5xx`, from 0 on) and the
   * histogram `<prefix>_request_duration_seconds` without labels. A few series where those by route are a thousand: what is asked often asks these.
   */
  addTotals: (prefix: string) => void;
}

const LABEL_NAMES = ['method', 'route', 'status_code'];

interface RouteSeries extends Series {
  labels: { method: string; route: string; status_code: string };
}

/** There from the start: what begins at 1 has no rate. */
const STATUS_CLASSES = ['2xx', '3xx', '4xx', '5xx'];

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const series: RouteSeries[] = [];
  const read = (): RouteSeries[] => series;
  new RequestCounter({ name: 'http_requests_total', help: 'Requests answered.', labelNames: LABEL_NAMES, read }, [registry]);
  new RequestDurations({ name: 'http_request_duration_seconds', help: 'Time from request to end of answer.', labelNames: LABEL_NAMES, read }, [registry]);

  function forRoute(route: string): RouteMetrics {
    const byMethod = new Map<string, Map<number, RouteSeries>>();

    function seriesOf(method: string, statusCode: number): RouteSeries {
      const byStatus = byMethod.get(method) ?? new Map<number, RouteSeries>();
      let found = byStatus.get(statusCode);
      if (!found) {
        found = { labels: { method, route, status_code: String(statusCode) }, ...nothingCounted() };
        series.push(found);
        byMethod.set(method, byStatus.set(statusCode, found));
      }
      return found;
    }

    return {
      observe(method, statusCode, seconds) {
        const one = seriesOf(method, statusCode);
        let bucket = 0;
        while (seconds > (DURATION_BUCKETS[bucket] ?? Number.POSITIVE_INFINITY)) {
          bucket += 1;
        }
        one.counts[bucket] = (one.counts[bucket] ?? 0) + 1;
        one.total += 1;
        one.seconds += seconds;
      },
    };
  }

  return { registry, forRoute, addTotals: (prefix) => registerTotals(registry, prefix, series) };
}

function registerTotals(registry: Registry, prefix: string, series: readonly RouteSeries[]): void {
  new RequestCounter({ name: `${prefix}_requests_total`, help: 'Requests answered, all routes together.', labelNames: ['status_class'], read: () => byClass(series) }, [registry]);
  new RequestDurations({ name: `${prefix}_request_duration_seconds`, help: 'Time from request to end of answer, all routes together.', labelNames: [], read: () => [allOf(series)] }, [registry]);
}

function byClass(series: readonly RouteSeries[]): Series[] {
  const classes = new Map(STATUS_CLASSES.map((name) => [name, nothingCounted()]));
  for (const one of series) {
    const name = `${one.labels.status_code.charAt(0)}xx`;
    const sum = classes.get(name) ?? nothingCounted();
    classes.set(name, sum);
    add(sum, one);
  }
  return [...classes].map(([name, sum]) => ({ labels: { status_class: name }, ...sum }));
}

function allOf(series: readonly RouteSeries[]): Series {
  const sum = nothingCounted();
  series.forEach((one) => add(sum, one));
  return { labels: {}, ...sum };
}
