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

/**
 * What became of the requests of one route, method and status. Plain numbers: prom-client would look labels up, check and hash them anew
 * for each request, even through a resolved child, and that costs more than the gateway's whole routing.
 */
interface Series {
  labels: { method: string; route: string; status_code: string };
  /** Requests per bucket, each counted once; the last one holds what is longer than all. */
  counts: Float64Array;
  total: number;
  seconds: number;
}

const LABEL_NAMES = ['method', 'route', 'status_code'] as const;
type LabelName = (typeof LABEL_NAMES)[number];

class RequestCounter extends Counter<LabelName> {
  readonly #series: readonly Series[];

  constructor(series: readonly Series[], registers: Registry[]) {
    super({ name: 'http_requests_total', help: 'Requests answered.', labelNames: LABEL_NAMES, registers });
    this.#series = series;
  }

  override async get(): ReturnType<Counter<LabelName>['get']> {
    return { ...(await super.get()), values: this.#series.map(({ labels, total }) => ({ labels, value: total })) };
  }
}

/** Prometheus' text has the bucket's limit as one more label. */
type DurationLabelName = LabelName | 'le';
const DURATIONS = { name: 'http_request_duration_seconds', help: 'Time from request to end of answer.', labelNames: LABEL_NAMES, buckets: DURATION_BUCKETS };

class RequestDurations extends Histogram<DurationLabelName> {
  readonly #series: readonly Series[];
  /** Gives what stands before the values. */
  readonly #head = new Histogram<DurationLabelName>({ ...DURATIONS, registers: [] });

  constructor(series: readonly Series[], registers: Registry[]) {
    super({ ...DURATIONS, registers });
    this.#series = series;
  }

  override async get(): ReturnType<Histogram<DurationLabelName>['get']> {
    return { ...(await this.#head.get()), values: this.#series.flatMap(valuesOf) };
  }

  /** What the registry asks a histogram for instead of `get` when it writes text. */
  getForPromString(): ReturnType<Histogram<DurationLabelName>['get']> {
    return this.get();
  }
}

type HistogramValue = Awaited<ReturnType<Histogram<DurationLabelName>['get']>>['values'][number];

function valuesOf({ labels, counts, total, seconds }: Series): HistogramValue[] {
  const { name } = DURATIONS;
  let upTo = 0;
  const buckets = [...DURATION_BUCKETS, '+Inf'].map((le, index): HistogramValue => {
    upTo += counts[index] ?? 0;
    return { metricName: `${name}_bucket`, labels: { le, ...labels }, value: upTo };
  });
  return [...buckets, { metricName: `${name}_sum`, labels, value: seconds }, { metricName: `${name}_count`, labels, value: total }];
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const series: Series[] = [];
  new RequestCounter(series, [registry]);
  new RequestDurations(series, [registry]);

  function forRoute(route: string): RouteMetrics {
    const byMethod = new Map<string, Map<number, Series>>();

    function seriesOf(method: string, statusCode: number): Series {
      const byStatus = byMethod.get(method) ?? new Map<number, Series>();
      let found = byStatus.get(statusCode);
      if (!found) {
        found = { labels: { method, route, status_code: String(statusCode) }, counts: new Float64Array(DURATION_BUCKETS.length + 1), total: 0, seconds: 0 };
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

  return { registry, forRoute };
}
