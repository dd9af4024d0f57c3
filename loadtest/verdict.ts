import type { LoadOptions } from './options.ts';
import { countOf, mergeBuckets, percentile, samplesFor } from './percentiles.ts';
import type { Buckets } from './percentiles.ts';
import type { GeneratorResult } from './result.ts';

/** The platform's published targets: milliseconds, and errors as a share of all requests. All of them are upper bounds. */
export const OBJECTIVES = { p95: 450, p99: 900, errors: 0.04 } as const;
/** A run that offered less than this share of its load says nothing about the target. */
const LEAST_OFFERED = 0.97;
/** A generator above this share of its core is measuring itself. */
const MOST_CPU = 0.9;

export interface Latency {
  p50: number | undefined;
  p95: number | undefined;
  p99: number | undefined;
}

export interface Judgement {
  result: 'pass' | 'fail' | 'inconclusive';
  /** Why not a pass; empty for one. */
  reasons: string[];
  /** What a reader should know about the figures. */
  notes: string[];
  targetRps: number;
  achievedRps: number;
  requests: number;
  /** 0 to 1. */
  errors: number;
  /** From the moment requests were due, and from the moment they were sent. */
  response: Latency;
  service: Latency;
}

/** The figures of all requests together and what follows from them; first whether the run is worth judging, then the objectives. */
export function judge({ rps, durationSeconds }: Pick<LoadOptions, 'rps' | 'durationSeconds'>, result: GeneratorResult): Judgement {
  const requests = sumOf(result.endpoints.map((endpoint) => endpoint.requests));
  const response = mergeBuckets(result.endpoints.map((endpoint) => endpoint.response_ms));
  const figures = {
    targetRps: rps,
    achievedRps: requests / durationSeconds,
    requests,
    errors: requests === 0 ? 0 : sumOf(result.endpoints.map((endpoint) => endpoint.failures)) / requests,
    response: latencyOf(response),
    service: latencyOf(mergeBuckets(result.endpoints.map((endpoint) => endpoint.service_ms))),
  };
  const invalid = whyInvalid(figures, result);
  const missed = invalid.length > 0 ? [] : whyFailed(figures);

  return { result: invalid.length > 0 ? 'inconclusive' : missed.length > 0 ? 'fail' : 'pass', reasons: [...invalid, ...missed], notes: notesOn(response, result), ...figures };
}

export function latencyOf(buckets: Buckets): Latency {
  return { p50: percentile(buckets, 0.5), p95: percentile(buckets, 0.95), p99: percentile(buckets, 0.99) };
}

type Figures = Omit<Judgement, 'result' | 'reasons' | 'notes'>;

function whyInvalid({ targetRps, achievedRps, requests, service }: Figures, { cpu, dropped }: GeneratorResult): string[] {
  if (requests === 0) return ['no request was made'];
  if (achievedRps >= targetRps * LEAST_OFFERED) return [];
  const cause = cpu > MOST_CPU
    ? `the generator used ${ percent(cpu) } of its core: give it more --processes`
    : `${ dropped } requests were given up because their users still waited for answers (P95 of an answer: ${ Math.round(service.p95 ?? 0) } ms): give it more --users, or the target is past its limit`;

  return [`only ${ percent(achievedRps / targetRps) } of the load was offered, ${ percent(LEAST_OFFERED) } are needed`, cause];
}

function whyFailed({ response, errors }: Figures): string[] {
  const late = (['p95', 'p99'] as const)
    .filter((name) => (response[name] ?? 0) >= OBJECTIVES[name])
    .map((name) => `${ name.toUpperCase() } is ${ Math.round(response[name] ?? 0) } ms, the objective is below ${ OBJECTIVES[name] } ms`);

  return errors >= OBJECTIVES.errors ? [...late, `${ percent(errors) } of the requests failed, the objective is below ${ percent(OBJECTIVES.errors) }`] : late;
}

function notesOn(response: Buckets, { late, started, cpu }: GeneratorResult): string[] {
  const samples = countOf(response);
  const notes = samples < samplesFor(0.99) ? [`P99 of ${ samples } requests is a rough one; ${ samplesFor(0.99) } make it firm`] : [];

  if (late > started / 100) notes.push(`${ percent(late / started) } of the requests were begun more than 50 ms late: their users waited for an answer, or the machine was busy`);
  if (cpu > MOST_CPU) notes.push(`the generator used ${ percent(cpu) } of its core, so some of the latency is its own`);

  return notes;
}

function sumOf(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function percent(share: number): string {
  return `${ Number((share * 100).toPrecision(3)) } %`;
}
