/** The tables of values in the charts' READMEs, made from schema and values: `node charts/readme.ts` writes them anew. */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const CHARTS = fileURLToPath(new URL('.', import.meta.url));
const BEGIN = '<!-- values: written by charts/readme.ts -->';
const END = '<!-- end of values -->';
/** A longer default is a table of its own: values.yaml shows it better. */
const LONGEST_DEFAULT = 80;

interface Schema {
  description?: string;
  $ref?: string;
  properties?: Record<string, Schema>;
  $defs?: Record<string, Schema>;
}

/** One line of the table. */
interface Row {
  key: string;
  value: unknown;
  description: string;
}

/** The charts that are installed by themselves, as folders beside this file. Those of platform/ get their values from its environments. */
export function chartsWithValues(): string[] {
  return globSync('*/values.schema.json', { cwd: CHARTS }).map((path) => path.replace(/\/values\.schema\.json$/, '')).sort();
}

export function schemaOf(chart: string): Schema {
  return JSON.parse(readFileSync(join(CHARTS, chart, 'values.schema.json'), 'utf8')) as Schema;
}

/** Keys without a description, those of definitions included. */
export function undescribed(schema: Schema, path = ''): string[] {
  const inProperties = Object.entries(schema.properties ?? {}).flatMap(([key, property]) => [
    ...(property.description ? [] : [`${ path }${ key }`]),
    ...undescribed(property, `${ path }${ key }.`),
  ]);

  return [...inProperties, ...Object.entries(schema.$defs ?? {}).flatMap(([name, definition]) => undescribed(definition, `$defs.${ name }.`))];
}

/** Down to what a definition describes or has no keys of its own: those rows carry their default whole. */
function rowsOf(schema: Schema, values: unknown, path = ''): Row[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const key = `${ path }${ name }`;
    const value = typeof values === 'object' && values !== null ? (values as Record<string, unknown>)[name] : undefined;

    return property.properties === undefined ? [{ key, value, description: property.description ?? '' }] : rowsOf(property, value, `${ key }.`);
  });
}

function defaultOf(value: unknown): string {
  if (value === undefined) {
    return '';
  }
  const text = JSON.stringify(value);

  return text.length > LONGEST_DEFAULT ? 'see [values.yaml](values.yaml)' : `\`${ text.replaceAll('|', '\\|') }\``;
}

/** The table of one chart, as it stands between the two marks of its README. */
export function valuesTable(chart: string): string {
  const values = parse(readFileSync(join(CHARTS, chart, 'values.yaml'), 'utf8')) as unknown;
  const rows = rowsOf(schemaOf(chart), values).map(({ key, value, description }) => `| \`${ key }\` | ${ defaultOf(value) } | ${ description.replaceAll('|', '\\|') } |`);

  return [BEGIN, '| key | default | what |', '|---|---|---|', ...rows, END].join('\n');
}

/** The README with its table made anew. @throws when it has no place for one */
export function withTable(readme: string, table: string): string {
  const [begin, end] = [readme.indexOf(BEGIN), readme.indexOf(END)];

  if (begin < 0 || end < begin) {
    throw new Error(`the README has no lines "${ BEGIN }" and "${ END }"`);
  }

  return readme.slice(0, begin) + table + readme.slice(end + END.length);
}

export const readmeOf = (chart: string): string => join(CHARTS, chart, 'README.md');

if (import.meta.main) {
  for (const chart of chartsWithValues()) {
    try {
      writeFileSync(readmeOf(chart), withTable(readFileSync(readmeOf(chart), 'utf8'), valuesTable(chart)));
    } catch (error) {
      console.error(`${ chart }: ${ error instanceof Error ? error.message : String(error) }`);
      process.exitCode = 1;
    }
  }
}
