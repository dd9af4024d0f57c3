import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { SampledLog } from './sampled-log.ts';

function logging(level: string): { log: SampledLog; lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  return { lines, log: new SampledLog(pino({ level, base: null, timestamp: false }, { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) })) };
}

describe('answers', () => {
  it.each([['info', 2], ['debug', 2_500], ['warn', 0]])('at level %s are logged %i times in 2500', (level, expected) => {
    const { log, lines } = logging(level);
    let made = 0;
    for (let i = 0; i < 2_500; i++) {
      log.answered(200, 0, () => ({ made: (made += 1) }));
    }
    expect([lines.length, made]).toEqual([expected, expected]);
  });
});

describe('failures', () => {
  it('are logged, but for a flood of them, whose size is told afterwards', () => {
    const { log, lines } = logging('info');
    for (let i = 0; i < 300; i++) {
      log.answered(503, 1_500, () => ({ status: 503 }));
    }
    expect(lines).toHaveLength(50);
    log.failed(2_000, 'an answer broke off', () => ({ status: 502 }));
    log.failed(2_001, 'an answer broke off', () => ({ status: 502 }));
    expect(lines.slice(50)).toEqual([{ level: 40, status: 502, notLogged: 250, msg: 'an answer broke off' }, { level: 40, status: 502, msg: 'an answer broke off' }]);
  });
});
