import { once } from 'node:events';
import { createServer } from 'node:net';

/** @returns as many different free ports of 127.0.0.1; another process may take one before the caller does */
export async function freePorts(count: number): Promise<number[]> {
  const probes = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(probes.map(async (probe) => probe.listening || once(probe, 'listening')));
  // All are held at once before the first is given back: none comes twice.
  const ports = probes.map((probe) => {
    const address = probe.address();
    if (address === null || typeof address === 'string') throw new Error('The machine gave no free port on 127.0.0.1.');
    return address.port;
  });
  await Promise.all(probes.map(async (probe) => {
    probe.close();
    await once(probe, 'close');
  }));
  return ports;
}
