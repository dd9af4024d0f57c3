/** W3C trace context at the edge: the trace of the client is kept, whether it is recorded is decided here. https://www.w3.org/TR/trace-context/ */
import { randomBytes } from 'node:crypto';

const VALID = /^(?!ff)[\da-f]{2}-(?!0{32})([\da-f]{32})-(?!0{16})[\da-f]{16}-[\da-f]{2}(?:$|-)/;
const VERSION_00_LENGTH = 55;

/** Random digits are drawn for this many requests at a time: one call into the system's generator costs more than a request may. */
const DRAWN_AT_ONCE = 512;
const DIGITS_EACH = 48;

export interface TraceContext {
  /** Header to pass on, with a span id of our own as the parent of what the upstream does. */
  traceparent: string;
  sampled: boolean;
  /** Whether the client sent a valid one: only then does its `tracestate` mean anything. */
  continued: boolean;
  /** Of a continued trace that is sampled: the client's span, under which the gateway's own belongs. */
  parent?: string;
}

/** @param ratio share of traces to record, 0 to 1; decided by the trace id, so that all of a client's requests in one trace share the decision */
export function createTracing(ratio: number): (given: string | undefined) => TraceContext {
  // The last 32 bits of a trace id are random by the standard's own advice; compared as a number they make an even share.
  const threshold = ratio * 2 ** 32;
  let drawn = '';
  let used = 0;

  function draw(): number {
    if (used === drawn.length) {
      drawn = randomBytes((DIGITS_EACH / 2) * DRAWN_AT_ONCE).toString('hex');
      used = 0;
    }
    used += DIGITS_EACH;
    return used - DIGITS_EACH;
  }

  return (given) => {
    const at = draw();
    const continued = given !== undefined && isValid(given);
    const traceId = continued ? given.slice(3, 35) : drawn.slice(at, at + 32);
    const sampled = threshold > 0 && Number.parseInt(traceId.slice(24), 16) < threshold;
    const context = { traceparent: `00-${traceId}-${drawn.slice(at + 32, at + DIGITS_EACH)}-${sampled ? '01' : '00'}`, sampled, continued };
    return sampled && continued ? { ...context, parent: `00-${given.slice(3, 52)}-01` } : context;
  };
}

function isValid(header: string): boolean {
  return VALID.test(header) && (header.length === VERSION_00_LENGTH || !header.startsWith('00'));
}
