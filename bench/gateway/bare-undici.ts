/** The least that a streaming proxy on undici can be: no check, no limit, no deadline, no measuring. Its cost is what node:http and undici cost. */
import { createServer } from 'node:http';
import { Pool } from 'undici';

const upstream = new Pool(process.env['UPSTREAM'] ?? '', { connections: 128, headersTimeout: 0, bodyTimeout: 0 });

const server = createServer((request, response) => {
  const { headers, method = 'GET', url = '/' } = request;
  delete headers.connection;
  upstream.dispatch({ path: url, method: method as 'GET', headers, body: headers['content-length'] === undefined ? null : request }, {
    onRequestStart() {},
    onResponseStart(_controller, status, answerHeaders) {
      delete answerHeaders['connection'];
      delete answerHeaders['keep-alive'];
      response.writeHead(status, answerHeaders);
    },
    onResponseData(controller, chunk) {
      if (!response.write(chunk)) {
        controller.pause();
        response.once('drain', () => controller.resume());
      }
    },
    onResponseEnd() {
      response.end();
    },
    onResponseError() {
      response.destroy();
    },
  });
});

server.keepAliveTimeout = 72_000;
server.listen(Number(process.env['PORT'] ?? 0), '127.0.0.1', () => console.log('listening'));
process.once('SIGTERM', () => process.exit(0));
