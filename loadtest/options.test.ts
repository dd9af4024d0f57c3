import { describe, expect, it } from 'vitest';
import { parseOptions } from './options.ts';

const needed = ['--rps', '50', '--duration', '10'];

describe('the options of a load test', () => {
  it('need a rate and a duration and know the rest', () => {
    expect(parseOptions(needed)).toEqual({
      rps: 50, durationSeconds: 10, warmupSeconds: 5, users: 50, processes: 1, url: 'http://127.0.0.1:18080', jsonFile: undefined,
    });
  });

  it('are taken as given', () => {
    expect(parseOptions(['--rps', '2.5', '--duration=30', '--warmup', '0', '--users', '7', '--processes', '2', '--url', 'https://gateway.example/ignored', '--json', 'out.json'])).toEqual({
      rps: 2.5, durationSeconds: 30, warmupSeconds: 0, users: 7, processes: 2, url: 'https://gateway.example', jsonFile: 'out.json',
    });
  });

  it('give a user per request a second, and ten at least', () => {
    expect([parseOptions(['--rps', '1', '--duration', '10'])?.users, parseOptions(['--rps', '99.5', '--duration', '10'])?.users]).toEqual([10, 100]);
  });

  it.each([['--help'], ['-h']])('with %s are not needed', (flag) => {
    expect(parseOptions([flag])).toBeUndefined();
  });

  it.each([
    [[], '--rps is missing'],
    [['--rps', '50'], '--duration is missing'],
    [[...needed, '--rps', '0'], '--rps is "0"'],
    [[...needed, '--rps', ''], '--rps is ""'],
    [[...needed, '--rps', 'many'], '--rps is "many"'],
    [[...needed, '--rps', 'Infinity'], 'from 0.1 to 100000'],
    [[...needed, '--duration', '90000'], '--duration is "90000"'],
    [[...needed, '--warmup=-1'], '--warmup is "-1"'],
    [[...needed, '--users', '1.5'], 'whole number from 1'],
    [[...needed, '--processes', '0'], '--processes is "0"'],
    [[...needed, '--url', 'gateway'], '--url is "gateway"'],
    [[...needed, '--url', 'file:///etc/passwd'], 'http://'],
    [[...needed, '--rsp', '1'], '--rsp'],
    [[...needed, 'more'], 'more'],
    [['--rps'], '--rps'],
  ])('%j are refused: %s', (args, message) => {
    expect(() => parseOptions(args)).toThrow(expect.objectContaining({ code: 'OPTION_INVALID', message: expect.stringContaining(message), hint: expect.stringContaining('--help') }));
  });
});
