/** Structured logs: one JSON object a line on standard output. */
import { pino, stdSerializers, stdTimeFunctions } from 'pino';
import type { Logger as PinoLogger } from 'pino';

export type Logger = PinoLogger;

/** @param level such as `info`; secrets that a header may carry are left out of every line */
export function createLogger(service: string, level: string): Logger {
  return pino({
    level,
    base: { service, pid: process.pid },
    timestamp: stdTimeFunctions.isoTime,
    serializers: { err: withoutClient },
    formatters: { level: (label) => ({ level: label }) },
    redact: ['req.headers.authorization', 'req.headers.cookie', 'headers.authorization', 'headers.cookie'],
  });
}

/** The PostgreSQL driver hangs its whole client on the errors of idle connections: kilobytes of its inside, statements and their texts. */
function withoutClient(error: Error): object {
  const said = { ...stdSerializers.err(error) };
  delete said['client'];
  return said;
}
