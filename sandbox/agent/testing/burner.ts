// A server for tests that uses as much CPU as it is told: PUT /load with a number of cores (0 to 1), GET / answers.
import { createServer } from 'node:http';

let load = 0;
const server = createServer((request, response) => {
  if (request.method === 'PUT') load = Number(request.url?.split('/').at(-1));
  response.end(`${load}\n`);
});
server.listen(Number(process.env.PORT), process.env.HOST ?? '0.0.0.0', () => console.log(`listening on ${process.env.PORT}`));

// By CPU time, not by the clock: on a busy machine a slice takes as long as it needs.
const SLICE_MS = 100;
setInterval(() => {
  const before = process.cpuUsage();
  const used = (): number => Object.values(process.cpuUsage(before)).reduce((sum, micros) => sum + micros, 0) / 1_000;
  while (used() < load * SLICE_MS) Math.sqrt(2);
}, SLICE_MS);

process.on('SIGTERM', () => {
  console.log('SIGTERM: closing');
  server.close(() => process.exit(0));
  server.closeAllConnections();
});
