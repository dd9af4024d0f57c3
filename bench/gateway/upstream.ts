/**
 * The service behind every proxy of the comparison: answers each request with the same 1 KB of JSON, and `/.well-known/jwks.json` with the keys
 * in `JWKS`. Written on bare sockets because it shares its core with the load generator and must never be what holds a proxy back: it costs
 * less than half of what node:http does. It understands what the proxies here send, and no more: a length, or chunks that end in an empty one.
 */
import { createServer } from 'node:net';

const BODY = JSON.stringify({ items: [], filler: 'x'.repeat(1_000) }).slice(0, 1_022).padEnd(1_022, ' ') + '"}';
const JWKS = process.env['JWKS'] ?? '{"keys":[]}';

function answer(body: string): Buffer {
  return Buffer.from(`HTTP/1.1 200 OK\r\ncontent-type: application/json; charset=utf-8\r\ndate: ${new Date().toUTCString()}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n`
    + `keep-alive: timeout=72\r\nconnection: keep-alive\r\n\r\n${body}`);
}

const ONE_KILOBYTE = answer(BODY);
const KEYS = answer(JWKS);

/** @returns length of the first whole request in `text`, 0 when it is not whole yet */
function lengthOf(text: string): number {
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) {
    return 0;
  }
  const head = text.slice(0, end).toLowerCase();
  if (head.includes('\r\ntransfer-encoding: chunked')) {
    const last = text.indexOf('\r\n0\r\n\r\n', end + 2);
    return last === -1 ? 0 : last + 7;
  }
  const mark = head.indexOf('\r\ncontent-length:');
  const whole = end + 4 + (mark === -1 ? 0 : Number.parseInt(head.slice(mark + 17, mark + 30), 10));
  return text.length < whole ? 0 : whole;
}

const server = createServer({ noDelay: true }, (socket) => {
  let waiting = '';
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    waiting = waiting === '' ? chunk.toString('latin1') : waiting + chunk.toString('latin1');
    for (let length = lengthOf(waiting); length > 0; length = lengthOf(waiting)) {
      socket.write(waiting.startsWith('GET /.well-known/') ? KEYS : ONE_KILOBYTE);
      waiting = waiting.slice(length);
    }
  });
});

server.listen(Number(process.env['PORT'] ?? 0), '127.0.0.1', () => console.log('listening'));
process.once('SIGTERM', () => process.exit(0));
