import { describe, expect, it } from 'vitest';
import { parse } from './wrk.ts';

const CLEAN = `Running 4s test @ http://127.0.0.1:19001/v1/rooms
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     2.03ms  312.00us   9.93ms   91.02%
    Req/Sec    31.70k     1.10k   33.00k    82.50%
  Latency Distribution
     50%    1.98ms
     75%    2.10ms
     90%  980.00us
     99%    3.02s
  126213 requests in 4.00s, 148.02MB read
Requests/sec:  31549.77
Transfer/sec:     37.00MB
`;

describe('what wrk prints', () => {
  it('is read with its units', () => {
    expect(parse(CLEAN)).toEqual({ requests: 126_213, seconds: 4, errors: 0, p50Ms: 1.98, p99Ms: 3_020 });
  });

  it('counts every kind of failure', () => {
    const text = CLEAN.replace('Requests/sec', '  Socket errors: connect 1, read 2, write 3, timeout 4\n  Non-2xx or 3xx responses: 30\nRequests/sec');
    expect(parse(text).errors).toBe(40);
  });

  it('without a result is an error that shows it', () => {
    expect(() => parse('unable to connect to 127.0.0.1:1 Connection refused')).toThrow(expect.objectContaining({ code: 'WRK_FAILED', message: expect.stringContaining('refused') }));
  });
});
