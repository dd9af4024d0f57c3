import { describe, expect, it } from 'vitest';
import { tableOf } from './panels.ts';

const minute = 60_000;
const panels = [
  { title: 'Requests', format: (value: number) => `${ value } RPS`, series: [{ name: 'All', points: [[0, 1], [minute / 2, 2], [minute, 3]] as [number, number | null][] }] },
  { title: 'Errors', format: (value: number) => `${ value } %`, series: [{ name: 'All', points: [[0, null], [minute, 0]] as [number, number | null][] }] },
];

describe('tableOf', () => {
  it('gives one row per step, newest first, with each series in its own unit', () => {
    expect(tableOf(panels, minute, '-')).toEqual([
      { time: minute, cells: ['3 RPS', '0 %'] },
      { time: 0, cells: ['1 RPS', '-'] },
    ]);
  });

  it('shows a gap as absent, and a zero as zero', () => {
    const [newest, oldest] = tableOf(panels, minute, 'none');

    expect(newest?.cells[1]).toBe('0 %');
    expect(oldest?.cells[1]).toBe('none');
  });
});
