import { expect, it } from 'vitest';
import { createMetrics } from './metrics.ts';

async function lines(observed: [string, number, number][]): Promise<string[]> {
  const { registry, forRoute } = createMetrics();
  const route = forRoute('/v1/x/:id');
  observed.forEach(([method, status, seconds]) => route.observe(method, status, seconds));
  return (await registry.metrics()).split('\n').filter((line) => line.startsWith('http_request'));
}

it('counts each request in its bucket and all longer ones, limits included', async () => {
  const text = await lines([['GET', 200, 0.003], ['GET', 200, 0.45], ['GET', 200, 11]]);
  const series = 'method="GET",route="/v1/x/:id",status_code="200"';
  expect(text).toEqual(expect.arrayContaining([
    `http_requests_total{${series}} 3`,
    `http_request_duration_seconds_bucket{le="0.0025",${series}} 0`, `http_request_duration_seconds_bucket{le="0.005",${series}} 1`,
    `http_request_duration_seconds_bucket{le="0.3",${series}} 1`, `http_request_duration_seconds_bucket{le="0.45",${series}} 2`,
    `http_request_duration_seconds_bucket{le="10",${series}} 2`, `http_request_duration_seconds_bucket{le="+Inf",${series}} 3`,
    `http_request_duration_seconds_sum{${series}} 11.453`, `http_request_duration_seconds_count{${series}} 3`,
  ]));
});

it('keeps methods and statuses apart, and those of two routes', async () => {
  const { registry, forRoute } = createMetrics();
  forRoute('/a').observe('GET', 200, 1);
  forRoute('/a').observe('POST', 200, 1);
  forRoute('/b').observe('GET', 503, 1);
  const text = await registry.metrics();
  expect(text.split('\n').filter((line) => line.startsWith('http_requests_total'))).toEqual([
    'http_requests_total{method="GET",route="/a",status_code="200"} 1',
    'http_requests_total{method="POST",route="/a",status_code="200"} 1',
    'http_requests_total{method="GET",route="/b",status_code="503"} 1',
  ]);
});

it('adds all routes up by class of status and into one histogram, for who asks for totals; they begin at 0', async () => {
  const { registry, forRoute, addTotals } = createMetrics();
  addTotals('gateway');
  const totals = async (): Promise<string[]> => (await registry.metrics()).split('\n').filter((line) => /^gateway_request(s_total|_duration_seconds_(bucket\{le="(0\.45|0\.5|\+Inf)"|sum|count))/.test(line));
  const [rooms, guests] = [forRoute('/v1/rooms'), forRoute('/v1/guests')];
  expect(await totals()).toEqual([
    ...['2xx', '3xx', '4xx', '5xx'].map((name) => `gateway_requests_total{status_class="${name}"} 0`),
    ...['0.45', '0.5', '+Inf'].map((le) => `gateway_request_duration_seconds_bucket{le="${le}"} 0`),
    'gateway_request_duration_seconds_sum 0', 'gateway_request_duration_seconds_count 0',
  ]);
  ([['GET', 200, 0.25], ['GET', 404, 0.5], ['POST', 201, 0.125], ['GET', 499, 12]] as const).forEach(([method, status, seconds]) => rooms.observe(method, status, seconds));
  ([['GET', 200, 0.45], ['GET', 503, 0.75]] as const).forEach(([method, status, seconds]) => guests.observe(method, status, seconds));
  expect(await totals()).toEqual([
    'gateway_requests_total{status_class="2xx"} 3', 'gateway_requests_total{status_class="3xx"} 0',
    'gateway_requests_total{status_class="4xx"} 2', 'gateway_requests_total{status_class="5xx"} 1',
    'gateway_request_duration_seconds_bucket{le="0.45"} 3', 'gateway_request_duration_seconds_bucket{le="0.5"} 4', 'gateway_request_duration_seconds_bucket{le="+Inf"} 6',
    'gateway_request_duration_seconds_sum 14.075', 'gateway_request_duration_seconds_count 6',
  ]);
});
