import type { ComposeOption } from 'echarts/core';
import type { LineSeriesOption } from 'echarts/charts';
import type { GridComponentOption, LegendComponentOption, TitleComponentOption, TooltipComponentOption } from 'echarts/components';
import type { ChartPanel } from './panels.ts';

export type ChartOption = ComposeOption<LineSeriesOption | GridComponentOption | LegendComponentOption | TitleComponentOption | TooltipComponentOption>;

/** Colours that follow Rancher's theme. */
export interface ChartTheme {
  dark: boolean;
  text: string;
  muted: string;
  line: string;
  background: string;
  font: string;
}

/** Okabe-Ito, told apart by people with any colour vision; the blue is a lighter one on dark ground. */
const COLOURS = { light: ['#0072B2', '#D55E00', '#009E73', '#CC79A7'], dark: ['#56B4E9', '#E69F00', '#009E73', '#CC79A7'] };
/** Never colour alone: every further line of a panel has its own dash. */
const DASHES: ('solid' | [number, number])[] = ['solid', [6, 4], [2, 3], [10, 3]];

const PANEL_HEIGHT = 120;
const PANEL_GAP = 50;
const TOP = 40;
const BOTTOM = 30;

export function chartHeight(panels: number): number {
  return TOP + panels * PANEL_HEIGHT + (panels - 1) * PANEL_GAP + BOTTOM;
}

/** One picture of stacked panels that share the time axis and its crosshair. */
export function chartOption(panels: ChartPanel[], theme: ChartTheme, range: { from: number; to: number }): ChartOption {
  const top = (index: number) => TOP + index * (PANEL_HEIGHT + PANEL_GAP);
  const label = { color: theme.muted, fontSize: 11 };

  return {
    // Data moves every few seconds: an animation would never come to rest (and some people must not have any).
    animation: false,
    backgroundColor: 'transparent',
    textStyle: { color: theme.text, fontFamily: theme.font },
    axisPointer: { link: [{ xAxisIndex: 'all' }] },
    title: panels.map(({ title }, index) => ({ text: title, left: 0, top: top(index) - 32, textStyle: { color: theme.text, fontSize: 13, fontWeight: 'bold' as const } })),
    legend: panels.map(({ series }, index) => ({
      show: series.length > 1, data: series.map(({ name }) => name), right: 0, top: top(index) - 32, textStyle: { color: theme.text, fontSize: 12 }, itemWidth: 28, itemStyle: { opacity: 0 },
    })),
    tooltip: { trigger: 'axis', backgroundColor: theme.background, borderColor: theme.line, textStyle: { color: theme.text, fontSize: 12 }, confine: true, formatter: (points) => tooltipText(points, panels) },
    grid: panels.map((_, index) => ({ left: 64, right: 12, top: top(index), height: PANEL_HEIGHT })),
    xAxis: panels.map((_, index) => ({
      type: 'time' as const,
      gridIndex: index,
      min: range.from,
      max: range.to,
      axisLabel: { ...label, show: index === panels.length - 1, hideOverlap: true },
      axisLine: { lineStyle: { color: theme.line } },
      axisTick: { show: false },
      splitLine: { show: false },
    })),
    yAxis: panels.map(({ format }, index) => ({
      type: 'value' as const,
      gridIndex: index,
      min: 0,
      splitNumber: 2,
      axisLabel: { ...label, formatter: (value: number) => format(value) },
      splitLine: { lineStyle: { color: theme.line } },
    })),
    series: panels.flatMap(({ series }, index) => series.map(({ name, points }, place) => lineOf(name, points, { panel: index, place, dark: theme.dark }))),
  };
}

interface LinePlace {
  panel: number;
  place: number;
  dark: boolean;
}

function lineOf(name: string, points: [number, number | null][], { panel, place, dark }: LinePlace): LineSeriesOption {
  const colours = dark ? COLOURS.dark : COLOURS.light;
  const colour = colours[place % colours.length] ?? '#0072B2';

  return {
    type: 'line',
    name,
    xAxisIndex: panel,
    yAxisIndex: panel,
    data: points,
    showSymbol: false,
    connectNulls: false,
    color: colour,
    lineStyle: { width: 2, type: DASHES[place % DASHES.length] ?? 'solid', color: colour },
  };
}

/** One time and all series in the order of the panels; ECharts on its own repeats the time for each panel. Names are our own texts. */
function tooltipText(hovered: unknown, panels: ChartPanel[]): string {
  const points = Array.isArray(hovered) ? hovered.filter(isHovered) : [];
  const lines = panels.flatMap(({ series, format }) => series.flatMap(({ name }) => {
    const point = points.find(({ seriesName }) => seriesName === name);
    const value = point?.value[1];

    return point && typeof value === 'number' ? [`${ point.marker } ${ name } <b>${ format(value) }</b>`] : [];
  }));
  const time = points[0]?.value[0];

  return [typeof time === 'number' ? new Date(time).toLocaleTimeString() : '', ...lines].join('<br>');
}

interface Hovered {
  seriesName: string;
  marker: string;
  value: unknown[];
}

function isHovered(point: unknown): point is Hovered {
  return typeof point === 'object' && point !== null && 'seriesName' in point && 'marker' in point && 'value' in point && Array.isArray(point.value);
}
