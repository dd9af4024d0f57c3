import { describe, expect, it } from 'vitest';
import { chartOption } from './options.ts';
import type { ChartPanel } from './panels.ts';

const theme = { dark: false, text: '#000', muted: '#666', line: '#ddd', background: '#fff', font: 'Lato' };
const panel = (...names: string[]): ChartPanel => ({ title: 'Latency', format: (value) => `${ value } ms`, series: names.map((name) => ({ name, points: [[0, 1]] })) });
const option = chartOption([panel('RPS'), panel('P95', 'P99')], theme, { from: 0, to: 60 });
const series = option.series as { name: string; color: string; lineStyle: { type: unknown }; xAxisIndex: number }[];

describe('chartOption', () => {
  it('tells lines of one panel apart by dash and colour, not by colour alone', () => {
    const [, p95, p99] = series;

    expect(p95?.lineStyle.type).not.toEqual(p99?.lineStyle.type);
    expect(p95?.color).not.toBe(p99?.color);
  });

  it('gives every panel an axis of its own over the same time, with one crosshair', () => {
    expect(series.map(({ xAxisIndex }) => xAxisIndex)).toEqual([0, 1, 1]);
    expect(option.xAxis).toEqual([expect.objectContaining({ min: 0, max: 60 }), expect.objectContaining({ min: 0, max: 60 })]);
    expect(option.axisPointer).toEqual({ link: [{ xAxisIndex: 'all' }] });
  });

  it('does not move by itself', () => {
    expect(option.animation).toBe(false);
  });

  it('writes one time and each series in its panel\'s unit under the pointer', () => {
    const { formatter } = option.tooltip as { formatter: (points: unknown) => string };

    expect(formatter([{ seriesName: 'P99', marker: '●', value: [0, 900] }, { seriesName: 'P95', marker: '○', value: [0, 400] }, { seriesName: 'RPS', marker: '', value: [0, null] }]))
      .toBe(`${ new Date(0).toLocaleTimeString() }<br>○ P95 <b>400 ms</b><br>● P99 <b>900 ms</b>`);
  });
});
