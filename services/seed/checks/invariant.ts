/** Something that is true of the platform's data at every moment, as a question that finds where it is not. */
export interface Invariant {
  /** Names it in a violation; stable. */
  name: string;
  /** What is true. */
  meaning: string;
  /** Schemas that it looks at: where one is not there, there is nothing to look at. */
  needs: readonly string[];
  /** True only when all events have taken effect. */
  eventual?: true;
  /** Rows `subject` (which row is wrong) and `found` (what is wrong with it), both text; none when all is well. */
  sql: string;
}

/** A night is in both dates' `[from, to)`; as a set of dates. */
export function nights(from: string, to: string): string {
  return `generate_series(${from}::timestamp, ${to}::timestamp - interval '1 day', interval '1 day')`;
}

/** Prices night by night: every night of the stay once, in order, and their sum. @param row alias of a row with arrival, departure, nights and total_minor */
export function wrongPrice(row: string): string {
  return `(select coalesce(array_agg(n ->> 'date' order by place), '{}') <> array(select to_char(d, 'YYYY-MM-DD') from ${nights(`${row}.arrival`, `${row}.departure`)} d order by d)
      or coalesce(sum((n ->> 'amount_minor')::bigint), 0) <> ${row}.total_minor
    from jsonb_array_elements(${row}.nights) with ordinality as list (n, place))`;
}
