import { Type } from '@sinclair/typebox';
import { describe, expect, it } from 'vitest';
import { ServerSettings, SettingsError, httpUrl, postgresUrl, readSettings } from './config.ts';

function problemsOf(run: () => unknown): readonly { variable: string; message: string }[] {
  try {
    run();
  } catch (error) {
    if (error instanceof SettingsError) {
      return error.problems;
    }
  }
  return [];
}

describe('readSettings', () => {
  it('converts texts and fills in defaults; an empty variable counts as not set', () => {
    expect(readSettings(ServerSettings, { PORT: '18081', REUSE_PORT: 'true', OPS_PORT: '' })).toEqual({
      HOST: '0.0.0.0', PORT: 18_081, OPS_PORT: 9090, LOG_LEVEL: 'info', SHUTDOWN_GRACE_MS: 20_000, REUSE_PORT: true,
    });
  });

  it('names every wrong variable at once, with its value and what to set', () => {
    const problems = problemsOf(() => readSettings(ServerSettings, { PORT: 'abc', OPS_PORT: '70000', LOG_LEVEL: 'loud', REUSE_PORT: 'perhaps' }));
    expect(problems).toEqual([
      { variable: 'PORT', message: 'is "abc". Set the port of the API: a whole number from 1 to 65535, or 0 for a free one.' },
      { variable: 'OPS_PORT', message: 'is "70000". Set the port of health and metrics: a whole number from 1 to 65535, or 0 for a free one.' },
      { variable: 'LOG_LEVEL', message: 'is "loud". Set one of trace, debug, info, warn, error, fatal, silent.' },
      { variable: 'REUSE_PORT', message: 'is "perhaps". Set true to let two processes listen on one port (Linux), else false.' },
    ]);
  });

  it.each(['1.5', '-1', '0x', 'NaN', ' '])('refuses the port %j', (PORT) => {
    expect(problemsOf(() => readSettings(ServerSettings, { PORT }))).toHaveLength(1);
  });

  it('tells a missing variable from a wrong one and never repeats a secret', () => {
    const schema = Type.Object({ CORE_URL: httpUrl('core'), DATABASE_URL: postgresUrl() });
    const problems = problemsOf(() => readSettings(schema, { DATABASE_URL: 'mysql://root:hunter2@db/x' }));
    expect(problems.map(({ variable, message }) => `${variable} ${message.split('.')[0]}`)).toEqual(['CORE_URL is missing', 'DATABASE_URL is not right']);
    expect(JSON.stringify(problems)).not.toContain('hunter2');
  });
});
