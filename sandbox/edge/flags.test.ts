import { describe, expect, it } from 'vitest';
import { parseFlags } from './flags.ts';

const GIVEN = { port: '8800', kubeconfig: 'k', steve: 'http://127.0.0.1:19080', dashboard: 'd', extensions: 'e', users: 'u' };
const args = (flags: Record<string, string>) => Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
const refused = (pattern: RegExp) => expect.objectContaining({ code: 'EDGE_FLAGS', message: expect.stringMatching(pattern), hint: expect.stringContaining('--users') });

describe('the edge\'s flags', () => {
  it('are all read', () => {
    expect(parseFlags(args(GIVEN))).toEqual({ ...GIVEN, port: 8800 });
  });

  it('take the extensions that are installed, unless told of a folder', () => {
    const others = Object.fromEntries(Object.entries(GIVEN).filter(([name]) => name !== 'extensions'));
    expect(parseFlags(args(others)).extensions).toBeUndefined();
  });

  it.each(Object.keys(GIVEN).filter((name) => name !== 'extensions'))('need --%s', (name) => {
    const others = Object.fromEntries(Object.entries(GIVEN).filter(([other]) => other !== name));
    expect(() => parseFlags(args(others))).toThrow(refused(new RegExp(`--${name} is missing`)));
  });

  it.each([[{ port: 'http' }, /not a port/], [{ port: '70000' }, /not a port/], [{ steve: 'localhost' }, /not an http address/], [{ steve: 'ftp://x' }, /not an http address/], [{ other: 'x' }, /other/]])(
    'refuse %j',
    (change, pattern) => {
      expect(() => parseFlags(args({ ...GIVEN, ...change }))).toThrow(refused(pattern));
    },
  );
});
