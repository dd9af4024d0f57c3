/** What a chart shows, apart from how it is drawn: the same panels feed the picture and its table. */
export interface ChartSeries {
  name: string;
  /** [milliseconds since the epoch, value]; null is a gap: nothing was measured then. */
  points: [time: number, value: number | null][];
}

export interface ChartPanel {
  title: string;
  series: ChartSeries[];
  /** Writes a value with its unit. */
  format: (value: number) => string;
}

export interface ChartTableRow {
  time: number;
  /** One text per series, in the order of the panels. */
  cells: string[];
}

/** The panels as a table, newest first, one row per `everyMs`; where a series has no point, `absent`. */
export function tableOf(panels: ChartPanel[], everyMs: number, absent: string): ChartTableRow[] {
  const series = panels.flatMap((panel) => panel.series.map(({ points }) => ({ format: panel.format, values: new Map(points) })));
  const times = [...new Set(series.flatMap(({ values }) => [...values.keys()]))].sort((a, b) => b - a);
  const rows: ChartTableRow[] = [];

  for (const time of times) {
    const last = rows.at(-1);

    if (last && last.time - time < everyMs) continue;
    rows.push({
      time,
      cells: series.map(({ format, values }) => {
        const value = values.get(time);

        return value === undefined || value === null ? absent : format(value);
      }),
    });
  }

  return rows;
}
