/** Ports for services that name each other before the first has started. */
import { createServer } from 'node:net';

/** Below the ports that systems give to outgoing connections: one of those may be taken between here and the start of a service. */
const FIRST = 20_000;
const COUNT = 10_000;
const given = new Set<number>();

/** @returns a port of 127.0.0.1 that nobody listens on now, and that this process has not been given before */
export async function reservePort(): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * COUNT);
    if (!given.has(port) && (await isFree(port))) {
      given.add(port);
      return port;
    }
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
