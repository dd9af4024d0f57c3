/** What an upstream may do and what the client then sees: framing of answers, 1xx, no bodies, resets, races, slow readers, retries. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RunningService } from '@tartware/kit';
import { OK, answering, exchange, head, openClient, portOf, startGateway, startRawUpstream, statusOf } from './testing/raw.ts';
import type { RawUpstream } from './testing/raw.ts';

let upstream: RawUpstream;
let service: RunningService;

beforeAll(async () => {
  upstream = await startRawUpstream();
  service = await startGateway(upstream.url);
});

beforeEach(async () => {
  await upstream.forget();
});

afterAll(async () => {
  upstream.close();
  await service.close();
});

function ask(answer: string, start = 'GET /v1/rooms', pattern = /\r\n\r\n/): Promise<string> {
  upstream.behave = answering(answer);
  return exchange(service.url, head(start), pattern);
}

const requests = (): number => upstream.received.join('').match(/HTTP\/1\.1\r\n/g)?.length ?? 0;

describe('an answer', () => {
  it.each<[string, string, RegExp, string]>([
    ['with a length', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello', /\r\n\r\nhello$/, 'content-length: 5'],
    ['in chunks', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n', /0\r\n\r\n$/, 'Transfer-Encoding: chunked'],
    ['in chunks with trailers', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntrailer: x-late\r\n\r\n5\r\nhello\r\n0\r\nx-late: 1\r\n\r\n', /0\r\n\r\n$/, 'Transfer-Encoding: chunked'],
    ['without a body', 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n', /\r\n\r\n$/, 'content-length: 0'],
  ])('%s arrives so', async (_name, answer, pattern, header) => {
    const text = await ask(answer, 'GET /v1/rooms', pattern);
    expect(statusOf(text)).toBe(200);
    expect(text).toContain(header);
    expect(text).not.toContain('x-late');
  });

  it('that ends with its connection arrives whole', async () => {
    upstream.behave = (socket) => socket.end('HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nhello');
    expect(await exchange(service.url, head('GET /v1/rooms'), /0\r\n\r\n$/)).toContain('hello');
  });

  it.each([
    ['HEAD /v1/rooms', 'HTTP/1.1 200 OK\r\ncontent-length: 1234\r\n\r\n', 200, true], ['GET /v1/rooms', 'HTTP/1.1 204 No Content\r\n\r\n', 204, false],
    ['GET /v1/rooms', 'HTTP/1.1 304 Not Modified\r\netag: "1"\r\n\r\n', 304, false],
  ])('to %s (%j) has no body', async (start, answer, status, hasLength) => {
    const client = openClient(service.url);
    upstream.behave = answering(answer);
    client.socket.write(head(start));
    await client.until(/\r\n\r\n/);
    // The next answer on the same connection begins where this one ends.
    upstream.behave = answering(OK);
    await sleep(20);
    client.socket.write(head('GET /v1/rooms'));
    await client.until(/HTTP\/1\.1 200 OK[^]*HTTP|HTTP\/1\.1 [23]0[^]*HTTP\/1\.1 200 OK[^]*ok$/);
    const [first = ''] = client.text().split('\r\n\r\n');
    client.socket.destroy();
    expect([statusOf(first), first.includes('content-length: 1234'), first.toLowerCase().includes('transfer-encoding')]).toEqual([status, hasLength, false]);
  });

  it('keeps its repeated headers and loses those of its connection', async () => {
    const text = await ask('HTTP/1.1 200 OK\r\nset-cookie: a=1\r\nset-cookie: b=2\r\nconnection: x-private\r\nx-private: 1\r\nkeep-alive: timeout=1\r\nx-request-id: theirs\r\ncontent-length: 2\r\n\r\nok', 'GET /v1/rooms', /ok$/);
    expect(text).toMatch(/set-cookie: a=1\r\nset-cookie: b=2/);
    expect(text).not.toMatch(/x-private|timeout=1\r|theirs/);
  });

  it('is preceded by early hints when there are some, once', async () => {
    const text = await ask(`HTTP/1.1 103 Early Hints\r\nlink: </style.css>; rel=preload\r\nx-tartware-secret: 1\r\n\r\n${OK}`, 'GET /v1/rooms', /ok$/);
    expect(text).toMatch(/^HTTP\/1\.1 103 Early Hints\r\nLink: <\/style\.css>; rel=preload\r\n\r\nHTTP\/1\.1 200 OK\r\n/i);
  });

  it('after 102 comes as it is', async () => {
    expect(await ask(`HTTP/1.1 102 Processing\r\n\r\n${OK}`, 'GET /v1/rooms', /ok$/)).toMatch(/^HTTP\/1\.1 102 Processing\r\n\r\nHTTP\/1\.1 200/);
  });
});

describe('an answer that cannot be trusted', () => {
  it.each([
    ['is no HTTP', 'SSH-2.0-OpenSSH\r\n\r\n'], ['has two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab'],
    ['has a length and chunks', 'HTTP/1.1 200 OK\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['switches protocols unasked', 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'],
    ['has a header with a line feed in it', 'HTTP/1.1 200 OK\r\nx-a: b\r\n c: d\r\ncontent-length: 2\r\n\r\nok'],
    ['has headers without end', `HTTP/1.1 200 OK\r\nx-large: ${'a'.repeat(40_000)}\r\n\r\n`],
  ])('because it %s is 502', async (_name, answer) => {
    const text = await ask(answer, 'POST /v1/rooms');
    expect([statusOf(text), text.includes('x-a: b')]).toEqual([502, false]);
  });

  it('with more behind it does not become the answer to the next request', async () => {
    const client = openClient(service.url);
    upstream.behave = answering(`${OK}HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\npoisoned`);
    client.socket.write(head('GET /v1/rooms/1'));
    await client.until(/ok$/);
    upstream.behave = answering(OK);
    await sleep(30);
    client.socket.write(head('GET /v1/rooms/2'));
    await client.until(/ok[^]*ok$/);
    client.socket.destroy();
    expect(client.text()).not.toContain('poisoned');
  });
});

describe('an upstream that breaks off', () => {
  it('before it answers a POST is 502, tried once', async () => {
    upstream.behave = (socket) => socket.destroy();
    expect(statusOf(await exchange(service.url, head('POST /v1/rooms')))).toBe(502);
    expect(requests()).toBe(1);
  });

  it('before it answers a GET is asked again, three times in all', async () => {
    upstream.behave = (socket) => socket.resetAndDestroy();
    expect(statusOf(await exchange(service.url, head('GET /v1/rooms')))).toBe(502);
    expect(requests()).toBe(3);
  });

  it('in its headers is 502', async () => {
    upstream.behave = (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-le');
    expect(statusOf(await exchange(service.url, head('POST /v1/rooms')))).toBe(502);
  });

  it.each([['by its length', 'content-length: 100\r\n\r\nhalf'], ['in chunks', 'transfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n']])('in its body (%s) never looks whole', async (_name, rest) => {
    upstream.behave = (socket) => {
      socket.write(`HTTP/1.1 200 OK\r\n${rest}`);
      setTimeout(() => socket.resetAndDestroy(), 50);
    };
    const client = openClient(service.url);
    client.socket.write(head('GET /v1/rooms'));
    await client.closed;
    expect(client.text()).toContain('half');
    expect(client.text()).not.toMatch(/0\r\n\r\n$/);
    expect(requests()).toBe(1);
  });
});

describe('a kept connection that the upstream closes as a request is sent', () => {
  async function race(start: string, header = '', body = ''): Promise<number> {
    upstream.behave = answering(OK);
    await exchange(service.url, head('GET /v1/rooms'), /ok$/);
    const [first] = upstream.received;
    upstream.behave = (socket, text) => {
      // The old connection goes the moment something comes on it; a new one is served.
      if (text.startsWith(first ?? '-')) {
        socket.destroy();
      } else {
        answering(OK)(socket, text);
      }
    };
    return statusOf(await exchange(service.url, head(start, header === '' ? 'x-none: 1' : header) + body));
  }

  it.each(['GET', 'HEAD', 'DELETE', 'PUT'])('does not fail a %s', async (method) => {
    expect(await race(`${method} /v1/rooms/2`)).toBe(200);
  });

  it.each([
    ['a POST, which may have had its effect', 'POST /v1/rooms', '', ''], ['a PUT whose body is gone', 'PUT /v1/rooms', 'content-length: 5', 'hello'],
  ])('fails %s', async (_name, start, header, body) => {
    expect(await race(start, header, body)).toBe(502);
    expect(requests()).toBe(2);
  });
});

describe('503 of an upstream', () => {
  const BUSY = 'HTTP/1.1 503 Service Unavailable\r\ncontent-length: 4\r\n\r\nbusy';

  it('is tried again and the later answer counts', async () => {
    let count = 0;
    upstream.behave = (socket) => socket.write((count += 1) === 1 ? BUSY : OK);
    expect(await exchange(service.url, head('GET /v1/rooms'), /ok$/)).toMatch(/^HTTP\/1\.1 200[^]*ok$/);
  });

  it('that stays is the answer', async () => {
    expect(await ask(BUSY, 'GET /v1/rooms', /busy$/)).toMatch(/^HTTP\/1\.1 503[^]*busy$/);
    expect(requests()).toBe(3);
  });

  it('whose body never ends is given up at the deadline, and not tried again', async () => {
    upstream.behave = (socket) => socket.write('HTTP/1.1 503 Service Unavailable\r\ncontent-length: 100\r\n\r\nbusy');
    expect(await exchange(service.url, head('GET /v1/rooms'), /\}$/)).toMatch(/^HTTP\/1\.1 504[^]*upstream_timeout/);
    await sleep(200);
    expect(requests()).toBe(1);
  });

  it('of a POST is the answer at once', async () => {
    expect(await ask(BUSY, 'POST /v1/rooms', /busy$/)).toMatch(/^HTTP\/1\.1 503/);
    expect(requests()).toBe(1);
  });
});

describe('an answer before the body has come', () => {
  it('reaches the client', async () => {
    upstream.behave = (socket, text) => {
      if (text.includes('aaaa') && socket.bytesWritten === 0) {
        socket.write('HTTP/1.1 413 Payload Too Large\r\ncontent-length: 5\r\n\r\nlarge');
      }
    };
    const client = openClient(service.url);
    client.socket.write(`${head('POST /v1/rooms', 'content-length: 900000')}${'a'.repeat(50_000)}`);
    await client.until(/HTTP\/1\.1 413[^]*large$/);
    // The rest of the body is taken and forgotten; what comes behind it is the next request.
    upstream.behave = answering(OK);
    client.socket.write(`${'a'.repeat(850_000)}${head('GET /v1/rooms/next')}`);
    await client.until(/HTTP\/1\.1 200[^]*ok$/);
    client.socket.destroy();
  });
});

describe('memory', () => {
  const PIECE = Buffer.alloc(64 * 1024, 'x');

  /** Memory of buffers in use: what only waits for the garbage collector does not count. */
  function heldBytes(): number {
    setFlagsFromString('--expose-gc');
    runInNewContext('gc')();
    return process.memoryUsage().arrayBuffers;
  }

  it('does not grow with what a reader does not read', async () => {
    let sent = 0;
    const source = createServer((_request, response) => {
      const more = (): void => {
        while (sent < 200e6 && response.write(PIECE)) {
          sent += PIECE.length;
        }
        response.once('drain', more);
      };
      more();
    }).listen(0, '127.0.0.1');
    await once(source, 'listening');
    const other = await startGateway(`http://127.0.0.1:${portOf(source)}`);
    const before = heldBytes();
    const clients = Array.from({ length: 20 }, () => openClient(other.url));
    clients.forEach(({ socket }) => socket.pause().write(head('GET /v1/rooms')));
    await sleep(700);
    const grown = heldBytes() - before;
    clients.forEach(({ socket }) => socket.destroy());
    await other.close();
    source.closeAllConnections();
    source.close();
    // 20 answers without end; what is held is a socket's buffer for each.
    expect(grown).toBeLessThan(20 * 1_000_000);
  });

  it('does not grow with what an upstream does not take', async () => {
    upstream.behave = (socket) => socket.pause();
    const big = await startGateway(upstream.url, { MAX_BODY_BYTES: '500000000' });
    const client = openClient(big.url);
    client.socket.write(head('POST /v1/rooms', 'content-length: 400000000'));
    for (let i = 0; i < 1_000; i++) {
      client.socket.write(PIECE);
    }
    await sleep(700);
    const waiting = client.socket.writableLength;
    client.socket.destroy();
    await big.close();
    // Of 64 MB, what the buffers of four sockets hold was taken.
    expect(waiting).toBeGreaterThan(40e6);
  });
});
