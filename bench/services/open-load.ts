/**
 * Load that comes whether or not anybody keeps up: a request is due every 1/rate seconds, and its latency counts from then, not from when there was
 * time to send it. A closed loop (wrk, autocannon) waits for each answer before it asks again, and so never sees what users wait for when the service
 * falls behind. Of k6, Locust and vegeta only programs in other languages do it; this is what is needed of it here, on undici.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';

export interface Call {
  method: 'GET' | 'POST' | 'PATCH';
  path: string;
  headers?: Record<string, string>;
  body?: string;
  /** Statuses that are no error; 2xx unless told. */
  expected?: readonly number[];
}

/** A kind of request in the mix. */
export interface Kind {
  name: string;
  /** Of all requests; the sum of a mix is taken as 1. */
  share: number;
  /** The next request of this kind. */
  next: () => Call;
}

export interface LoadOptions {
  url: string;
  headers: Record<string, string>;
  kinds: readonly Kind[];
  /** Requests a second. */
  rate: number;
  seconds: number;
  /** Answers within the first seconds are not counted. */
  warmUpSeconds?: number;
  connections?: number;
}

export interface LoadResult {
  /** Requests that were due and counted. */
  due: number;
  answered: number;
  /** Of the answered, those with a status that was not expected; and requests without an answer. */
  errors: number;
  /** Due while too many were waiting: never sent. They count as errors too. */
  dropped: number;
  /** Sent more than 10 ms after they were due: by the generator's own delay, so that its share of the latency is known. */
  late: number;
  /** Answered a second, from the first that was due to the last answer. */
  perSecond: number;
  /** Of all that were answered, ms from when they were due. */
  latencies: Float64Array;
  byKind: Record<string, { latencies: Float64Array; errors: number }>;
  /** The first few errors, for whoever must find the cause. */
  samples: string[];
}

const LATE_MS = 10;
const WAITING_AT_MOST = 2_000;
const SAMPLES = 5;

interface Recorded {
  latencies: number[];
  errors: number;
}

export async function openLoad({ url, headers, kinds, rate, seconds, warmUpSeconds = 0, connections = 128 }: LoadOptions): Promise<LoadResult> {
  const pool = new Pool(url, { connections, pipelining: 1, headersTimeout: 20_000, bodyTimeout: 20_000 });
  const recorded = new Map<string, Recorded>(kinds.map(({ name }) => [name, { latencies: [], errors: 0 }]));
  const pick = picker(kinds);
  const result = { due: 0, answered: 0, errors: 0, dropped: 0, late: 0, samples: [] as string[] };
  const waiting = new Set<Promise<void>>();
  const start = performance.now() + 20;
  const total = Math.round(rate * (seconds + warmUpSeconds));
  const counted = Math.round(rate * warmUpSeconds);
  let lastAnswer = start;

  async function send(kind: Kind, due: number, counts: boolean): Promise<void> {
    const record = recorded.get(kind.name);
    const wrong = await ask(pool, headers, kind.next()).catch((error: unknown) => String(error));
    if (!counts) return;
    lastAnswer = performance.now();
    result.answered += 1;
    record?.latencies.push(lastAnswer - due);
    if (wrong !== undefined) {
      result.errors += 1;
      if (record) record.errors += 1;
      if (result.samples.length < SAMPLES) result.samples.push(`${kind.name}: ${wrong}`);
    }
  }

  try {
    for (let index = 0; index < total; index += 1) {
      const due = start + (index / rate) * 1_000;
      await sleepUntil(due);
      const counts = index >= counted;
      if (counts) {
        result.due += 1;
        if (performance.now() - due > LATE_MS) result.late += 1;
      }
      if (waiting.size >= WAITING_AT_MOST) {
        if (counts) result.dropped += 1;
        continue;
      }
      const sent = send(pick(), due, counts).finally(() => waiting.delete(sent));
      waiting.add(sent);
    }
    await Promise.all(waiting);
  } finally {
    await pool.close();
  }
  const began = start + (counted / rate) * 1_000;
  return {
    ...result, errors: result.errors + result.dropped, perSecond: result.answered / ((lastAnswer - began) / 1_000),
    latencies: sorted([...recorded.values()].flatMap(({ latencies }) => latencies)),
    byKind: Object.fromEntries([...recorded].map(([name, { latencies, errors }]) => [name, { latencies: sorted(latencies), errors }])),
  };
}

/** @returns what was wrong with the answer, if anything */
export async function ask(pool: Pool, headers: Record<string, string>, call: Call): Promise<string | undefined> {
  const { statusCode, body } = await pool.request({
    method: call.method, path: call.path, headers: { ...headers, ...(call.body === undefined ? {} : { 'content-type': 'application/json' }), ...call.headers }, ...(call.body === undefined ? {} : { body: call.body }),
  });
  const text = await body.text();
  const fine = call.expected ? call.expected.includes(statusCode) : statusCode >= 200 && statusCode < 300;
  return fine ? undefined : `${call.method} ${call.path} answered ${statusCode}: ${text.slice(0, 300)}`;
}

/** A timer comes up to a millisecond late, which counts as latency; looking at the clock all the time would cost the core that the database shares. */
async function sleepUntil(due: number): Promise<void> {
  for (let left = due - performance.now(); left > 0; left = due - performance.now()) await sleep(Math.ceil(left));
}

/** The mix in fixed order, evenly spread: two runs send the same. */
function picker(kinds: readonly Kind[]): () => Kind {
  const credits = kinds.map((kind) => ({ kind, credit: 0 }));
  const sum = kinds.reduce((total, { share }) => total + share, 0);
  return () => {
    for (const one of credits) one.credit += one.kind.share / sum;
    const next = credits.reduce((best, one) => (one.credit > best.credit ? one : best));
    next.credit -= 1;
    return next.kind;
  };
}

function sorted(values: readonly number[]): Float64Array {
  return Float64Array.from(values).sort();
}

/** @param of 0 to 1 @param values in order */
export function percentile(values: ArrayLike<number>, of: number): number {
  return values[Math.min(values.length - 1, Math.ceil(values.length * of) - 1)] ?? NaN;
}
