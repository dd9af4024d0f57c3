/** From a request target to the upstream that answers it. */
import type { Metrics, RouteMetrics } from '@tartware/kit';
import type { Upstream } from './upstream.ts';
import { UPSTREAMS } from './upstreams.ts';

export interface Route {
  /** The label of its metrics: as many as there are prefixes, twice, whatever is asked. */
  pattern: string;
  upstream: Upstream;
  /** Whether anybody may ask. */
  open: boolean;
  metrics: RouteMetrics;
}

interface Routes {
  exact: Route;
  below: Route;
}

const VERSION = '/v1/';

export class RouteTable {
  readonly #bySegment = new Map<string, Routes>();

  /** @param upstreams by their name */
  constructor(upstreams: ReadonlyMap<string, Upstream>, metrics: Metrics) {
    for (const { name, prefixes, publicPrefixes = [] } of UPSTREAMS) {
      const upstream = upstreams.get(name);
      if (!upstream) {
        throw new Error(`The upstream ${name} has routes and no connections.`);
      }
      const make = (pattern: string, open: boolean): Route => ({ pattern, upstream, open, metrics: metrics.forRoute(pattern) });
      for (const prefix of [...prefixes, ...publicPrefixes]) {
        const open = publicPrefixes.includes(prefix);
        this.#bySegment.set(prefix.slice(VERSION.length), { exact: make(prefix, open), below: make(`${prefix}/*`, open) });
      }
    }
  }

  /** @param target such as `/v1/rooms/7?expand=type`; the segment behind `/v1/` decides, as it is written */
  find(target: string): Route | undefined {
    if (!target.startsWith(VERSION)) {
      return undefined;
    }
    let end = VERSION.length;
    while (end < target.length && target[end] !== '/' && target[end] !== '?') {
      end += 1;
    }
    const routes = this.#bySegment.get(target.slice(VERSION.length, end));
    return target[end] === '/' ? routes?.below : routes?.exact;
  }
}

/** Of what an upstream may resolve though we do not: `/v1/auth/../properties` must not pass as open here and be something else behind. */
const DOT_SEGMENT = /(?:^|\/|%2f|%5c|\\)(?:\.|%2e){1,2}(?:$|\/|%2f|%5c|\\)/i;

/** Turns into one of the above for an upstream that decodes twice. */
const ESCAPED_TWICE = /%(?:25)+(?:2e|2f|5c)/i;

/** @returns what is wrong with a request target, undefined when nothing is */
export function whatIsWrongWith(target: string): string | undefined {
  if (!target.includes('/.') && !target.includes('%') && !target.includes('\\') && !target.includes('#')) {
    return undefined;
  }
  const [path = ''] = target.split('?', 1);
  if (DOT_SEGMENT.test(path)) {
    return 'The path has dot segments.';
  }
  if (ESCAPED_TWICE.test(path)) {
    return 'The path has a dot, slash or backslash that is escaped twice.';
  }
  if (path.includes('\\') || target.includes('#')) {
    return 'The path has a backslash or the address a fragment.';
  }
  return isEscaped(path) ? undefined : 'The path has a percent sign that escapes nothing.';
}

function isEscaped(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}
