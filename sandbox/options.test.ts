import { describe, expect, it } from 'vitest';
import { parseOptions } from './options.ts';
import { DEFAULT_PORTS } from './ports.ts';

describe('the command line', () => {
  it('starts with live values when nothing is said', () => {
    expect(parseOptions([])).toEqual({ command: 'start', values: 'live', reset: false, ports: DEFAULT_PORTS });
  });

  it('takes every option of start', () => {
    expect(parseOptions(['start', '--values', 'scale', '--reset', '--port', 'edge=9000', '--kubeconfig', 'mine.yaml'])).toEqual({
      command: 'start',
      values: 'scale',
      reset: true,
      ports: { ...DEFAULT_PORTS, edge: 9000 },
      kubeconfig: 'mine.yaml',
    });
  });

  it('stops and starts one part', () => {
    expect(parseOptions(['part', 'stop', 'prometheus'])).toEqual({ command: 'part', action: 'stop', name: 'prometheus' });
  });

  it.each([[['strat']], [['start', 'now']], [['--values', 'huge']], [['--verbose']], [['part', 'stop']], [['part', 'kill', 'etcd']]])('refuses %j with the usage', (argv) => {
    expect(() => parseOptions(argv)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENTS', hint: expect.stringContaining('Usage:') }));
  });
});
