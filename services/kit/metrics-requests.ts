/**
 * What became of requests, as families of Prometheus that are made when it asks. prom-client would look labels up, check and hash them anew for each
 * request, even through a resolved child, and that costs more than the gateway's whole routing: requests are counted in plain numbers instead.
 */
import { Counter, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';

/** Seconds. 0.45, 0.5, 0.9 and 1 are the limits that objectives and alerts speak of: a quantile there needs no interpolation. */
export const DURATION_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.45, 0.5, 0.75, 0.9, 1, 2.5, 5, 10];

export interface Counted {
  /** Requests per bucket, each counted once; the last one holds what is longer than all. */
  counts: Float64Array;
  total: number;
  seconds: number;
}

export interface Series extends Counted {
  labels: Record<string, string>;
}

export interface Family {
  name: string;
  help: string;
  labelNames: readonly string[];
  /** Asked each time Prometheus asks. */
  read: () => readonly Series[];
}

export function nothingCounted(): Counted {
  return { counts: new Float64Array(DURATION_BUCKETS.length + 1), total: 0, seconds: 0 };
}

/** Adds `more` to `sum`. */
export function add(sum: Counted, more: Counted): void {
  sum.total += more.total;
  sum.seconds += more.seconds;
  more.counts.forEach((count, bucket) => (sum.counts[bucket] = (sum.counts[bucket] ?? 0) + count));
}

export class RequestCounter extends Counter {
  readonly #read: () => readonly Series[];

  constructor({ name, help, labelNames, read }: Family, registers: Registry[]) {
    super({ name, help, labelNames, registers });
    this.#read = read;
  }

  override async get(): ReturnType<Counter['get']> {
    return { ...(await super.get()), values: this.#read().map(({ labels, total }) => ({ labels, value: total })) };
  }
}

export class RequestDurations extends Histogram {
  readonly #read: () => readonly Series[];
  readonly #name: string;
  /** Gives what stands before the values. */
  readonly #head: Histogram;

  constructor({ name, help, labelNames, read }: Family, registers: Registry[]) {
    const family = { name, help, labelNames, buckets: DURATION_BUCKETS };
    super({ ...family, registers });
    this.#read = read;
    this.#name = name;
    this.#head = new Histogram({ ...family, registers: [] });
  }

  override async get(): ReturnType<Histogram['get']> {
    return { ...(await this.#head.get()), values: this.#read().flatMap((series) => valuesOf(this.#name, series)) };
  }

  /** What the registry asks a histogram for instead of `get` when it writes text. */
  getForPromString(): ReturnType<Histogram['get']> {
    return this.get();
  }
}

type Value = Awaited<ReturnType<Histogram['get']>>['values'][number];

function valuesOf(name: string, { labels, counts, total, seconds }: Series): Value[] {
  let upTo = 0;
  const buckets = [...DURATION_BUCKETS, '+Inf'].map((le, index): Value => {
    upTo += counts[index] ?? 0;
    return { metricName: `${name}_bucket`, labels: { le, ...labels }, value: upTo };
  });
  return [...buckets, { metricName: `${name}_sum`, labels, value: seconds }, { metricName: `${name}_count`, labels, value: total }];
}
