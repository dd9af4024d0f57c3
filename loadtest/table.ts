import type { LoadOptions } from './options.ts';
import type { GeneratorResult } from './result.ts';
import { latencyOf, OBJECTIVES } from './verdict.ts';
import type { Judgement } from './verdict.ts';

/** The result for people: the figures against the objectives, then each endpoint, then the verdict with its reasons. */
export function tableOf(options: LoadOptions, result: GeneratorResult, judgement: Judgement): string {
  const { response, service, errors, achievedRps, targetRps } = judgement;

  return [
    `\n${ options.url}: ${ targetRps } requests/s for ${ options.durationSeconds } s by ${ options.users } users (${ result.engine })\n`,
    ...aligned([
      ['', 'measured', 'objective'],
      ['requests/s', rounded(achievedRps), `${ targetRps } (97 % at least)`],
      ['P50', milliseconds(response.p50), ''],
      ['P95', milliseconds(response.p95), `< ${ OBJECTIVES.p95 } ms`],
      ['P99', milliseconds(response.p99), `< ${ OBJECTIVES.p99 } ms`],
      ['errors', percent(errors), `< ${ percent(OBJECTIVES.errors) }`],
      ['P95 of answers alone', milliseconds(service.p95), ''],
    ]),
    '',
    ...aligned([
      ['', 'requests', 'failed', 'P50', 'P95', 'P99', 'slowest'],
      ...result.endpoints.map((endpoint) => {
        const { p50, p95, p99 } = latencyOf(endpoint.response_ms);

        return [endpoint.name, String(endpoint.requests), String(endpoint.failures), ...[p50, p95, p99, endpoint.slowest_ms].map(milliseconds)];
      }),
    ]),
    ...result.errors.map(({ occurrences, name, error }) => `  ${ occurrences } × ${ name }: ${ error }`),
    '',
    ...judgement.notes.map((note) => `Note: ${ note }.`),
    `${ judgement.result.toUpperCase() }${ judgement.reasons.map((reason, index) => `${ index === 0 ? ': ' : '; ' }${ reason }`).join('') }`,
  ].join('\n');
}

/** The first column to the left, the others to the right. */
function aligned(rows: string[][]): string[] {
  const widths = (rows[0] ?? []).map((_cell, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));

  return rows.map((row) => `  ${ row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  ') }`.trimEnd());
}

function milliseconds(value: number | undefined): string {
  return value === undefined ? 'n/a' : `${ rounded(value) } ms`;
}

function percent(share: number): string {
  return `${ rounded(share * 100) } %`;
}

function rounded(value: number): string {
  return String(value >= 100 ? Math.round(value) : Number(value.toPrecision(3)));
}
