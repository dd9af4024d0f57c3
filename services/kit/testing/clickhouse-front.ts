/**
 * ClickHouse's HTTP interface in front of the engine as a library, so that `@clickhouse/client` is used unchanged.
 * `node clickhouse-front.ts --data=<folder> --port=<port, 0 for a free one>`; prints `listening on http://127.0.0.1:<port>` when it serves.
 */
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { parseArgs } from 'node:util';
import { Engine } from './clickhouse-engine.ts';
import { ClickHouseException, exception } from './clickhouse-errors.ts';
import { readQuery, sendAnswer, sendException } from './clickhouse-http.ts';

const { values } = parseArgs({ options: { data: { type: 'string' }, port: { type: 'string' } } });
const { data, port } = values;
if (data === undefined || port === undefined) throw new Error('needs --data and --port');

// As a server in a container has it, wherever this machine stands; read by the engine when it starts.
process.env['TZ'] = 'UTC';
const engine = new Engine(data);

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  response.setHeader('x-clickhouse-query-id', url.searchParams.get('query_id') ?? randomUUID());
  response.setHeader('x-clickhouse-server-display-name', 'chdb');
  response.setHeader('x-clickhouse-timezone', 'UTC');
  const isAlive = request.method === 'GET' && !url.searchParams.has('query') && ['/', '/ping'].includes(url.pathname);
  if (isAlive) {
    response.setHeader('content-type', 'text/plain; charset=UTF-8').end('Ok.\n');
    return;
  }
  if (url.pathname !== '/') throw exception(73, 'UNKNOWN_FORMAT', `There is no handle ${url.pathname}: use / or /ping`);
  const query = await readQuery(request, url);
  await sendAnswer(request, url, response, query.format, await engine.run(query));
}

const server = createServer({ keepAliveTimeout: 10_000 }, (request, response) => {
  answer(request, response).catch((error: unknown) => {
    const known = error instanceof ClickHouseException ? error : exception(1002, 'UNKNOWN_EXCEPTION', String(error));
    if (!(error instanceof ClickHouseException)) console.error(error);
    if (response.headersSent) response.destroy();
    else sendException(response, known);
  });
});

server.listen(Number(port), '127.0.0.1', () => {
  const address = server.address();
  console.log(`listening on http://127.0.0.1:${typeof address === 'object' ? address?.port : port}`);
});
server.once('error', (error) => {
  console.error(error.message);
  process.exit(1);
});

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    server.close(() => {
      engine.close();
      process.exit(0);
    });
    server.closeIdleConnections();
  });
}
