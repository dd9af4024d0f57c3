import { parseArgs } from 'node:util';
import { LoadTestError } from './errors.ts';

/** What a run shall do. Rates are requests per second, times are seconds. */
export interface LoadOptions {
  rps: number;
  durationSeconds: number;
  /** Load that is not judged, before the rest. */
  warmupSeconds: number;
  users: number;
  /** Processes of the generator: one keeps one core busy. */
  processes: number;
  url: string;
  /** Where the result is written as JSON; undefined for nowhere. */
  jsonFile: string | undefined;
}

export const USAGE = `Usage: npm run load -- --rps N --duration S [options]

  --rps N         requests per second of all users together
  --duration S    seconds that are judged
  --warmup S      seconds of load before that (5)
  --url URL       the gateway (http://127.0.0.1:18080); aim it only at systems that are yours to load
  --users N       how many share the rate (one per request a second, at least 10): more hold the rate while answers are slow
  --processes N   processes of the generator (1); one keeps one core busy
  --json FILE     write the result there
  --help

The user is operator@demo.tartware.example with the password in TARTWARE_DEMO_PASSWORD (demo-password).
Ends with 0 for a pass, 1 for a fail, 3 when the run says nothing about the target, 2 when it could not be made.`;

const MOST_RPS = 100_000;
const MOST_SECONDS = 86_400;
const MOST_USERS = 100_000;
const FEWEST_USERS = 10;

/** Undefined when help was asked for. @throws LoadTestError OPTION_INVALID */
export function parseOptions(args: string[]): LoadOptions | undefined {
  const given = valuesOf(args);

  if (given.help) return undefined;
  const rps = numberOf('rps', given.rps, { least: 0.1, most: MOST_RPS });

  return {
    rps,
    durationSeconds: numberOf('duration', given.duration, { least: 1, most: MOST_SECONDS }),
    warmupSeconds: numberOf('warmup', given.warmup ?? '5', { least: 0, most: MOST_SECONDS }),
    users: given.users === undefined ? Math.max(FEWEST_USERS, Math.ceil(rps)) : numberOf('users', given.users, { least: 1, most: MOST_USERS, whole: true }),
    processes: numberOf('processes', given.processes ?? '1', { least: 1, most: 64, whole: true }),
    url: urlOf(given.url ?? 'http://127.0.0.1:18080'),
    jsonFile: given.json,
  };
}

function valuesOf(args: string[]) {
  const text = { type: 'string' } as const;

  try {
    return parseArgs({
      args,
      options: { rps: text, duration: text, warmup: text, url: text, users: text, processes: text, json: text, help: { type: 'boolean', short: 'h' } },
    }).values;
  } catch (error) {
    throw invalid(error instanceof Error ? error.message : String(error), error);
  }
}

function numberOf(name: string, text: string | undefined, { least, most, whole = false }: { least: number; most: number; whole?: boolean }): number {
  if (text === undefined) throw invalid(`--${ name } is missing`);
  const value = text.trim() === '' ? Number.NaN : Number(text);

  if (!(value >= least && value <= most) || (whole && !Number.isInteger(value))) {
    throw invalid(`--${ name } is ${ JSON.stringify(text) }; it must be a ${ whole ? 'whole ' : '' }number from ${ least } to ${ most }`);
  }

  return value;
}

function urlOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;

  if (!url || !/^https?:$/.test(url.protocol)) throw invalid(`--url is ${ JSON.stringify(text) }; it must begin with http:// or https://`);

  // Paths are Locust's business: it puts them behind the origin.
  return url.origin;
}

function invalid(message: string, cause?: unknown): LoadTestError {
  return new LoadTestError('OPTION_INVALID', message, 'npm run load -- --help lists the options', { cause });
}
