/** Which labels a query asks for, and whether the series that it reads have them. Queries come as Prometheus' own syntax tree (`parse_query`). */

/** A part of a query as Prometheus understood it. */
export type Syntax = { type: string; name?: string } & Record<string, unknown>;

/** Labels of each metric, without its name; undefined where they are not known, so that any is taken. */
export type KnownLabels = ReadonlyMap<string, readonly string[] | undefined>;

/** What a ServiceMonitor's scrape, and Prometheus itself, add to every series. */
export const SCRAPED = ['cluster', 'namespace', 'service', 'pod', 'container', 'instance', 'job', 'endpoint'];

const isSyntax = (part: unknown): part is Syntax => typeof part === 'object' && part !== null && 'type' in part;

export const isSelector = ({ type }: Syntax): boolean => type === 'vectorSelector' || type === 'matrixSelector';

/** The parts that a part is made of, one step down. Matchers have a type too, and are none. */
export const partsOf = (syntax: Syntax): Syntax[] => Object.entries(syntax).flatMap(([name, value]) => (name === 'matchers' ? [] : [value].flat().filter(isSyntax)));

/** Labels that the outcome of a part may have; undefined when that is not known. */
export function labelsOf(syntax: Syntax, known: KnownLabels): readonly string[] | undefined {
  if (isSelector(syntax)) {
    return known.get(String(syntax.name));
  }
  if (syntax.type === 'aggregation' && syntax.without !== true) {
    return syntax.grouping as string[];
  }
  const [first, second] = partsOf(syntax);

  if (syntax.type === 'call' && (syntax.func as Syntax).name === 'label_replace' && first) {
    const labels = labelsOf(first, known);

    return labels && [...labels, String((syntax.args as { val?: string }[])[1]?.val)];
  }
  const inner = [first, second].filter((part) => part !== undefined).map((part) => labelsOf(part, known));

  return inner.includes(undefined) ? undefined : [...new Set(inner.flatMap((labels) => labels ?? []))];
}

/** Labels that somebody matches or groups by and that no series there has, each as `<label> of <metrics>`. */
export function unknownLabels(syntax: Syntax, known: KnownLabels): string[] {
  const asked = isSelector(syntax)
    ? { labels: (syntax.matchers as { name: string }[]).map(({ name }) => name).filter((name) => name !== '__name__'), had: labelsOf(syntax, known) }
    : { labels: syntax.type === 'aggregation' ? (syntax.grouping as string[]) : [], had: isSyntax(syntax.expr) ? labelsOf(syntax.expr, known) : undefined };
  const { labels, had } = asked;
  const missing = had === undefined ? [] : labels.filter((label) => !had.includes(label));

  return [...missing.map((label) => `${ label } of ${ metricsIn(syntax).join(', ') }`), ...partsOf(syntax).flatMap((part) => unknownLabels(part, known))];
}

export function metricsIn(syntax: Syntax): string[] {
  return [...(isSelector(syntax) ? [String(syntax.name)] : []), ...partsOf(syntax).flatMap(metricsIn)];
}
