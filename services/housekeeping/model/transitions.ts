/** From where to where: one table for each thing that has a state. */
import { Problem } from '@tartware/kit';

export type Transitions<State extends string> = Readonly<Record<State, readonly State[]>>;

/** @throws Problem 409 `transition_illegal`, which names the state */
export function requireTransition<State extends string>(table: Transitions<State>, what: string, from: State, to: State): void {
  if (!table[from].includes(to)) {
    const ways = table[from].length === 0 ? 'nothing follows it' : `it may become ${table[from].join(' or ')}`;
    throw new Problem({ status: 409, code: 'transition_illegal', message: `${what} is ${from} and cannot become ${to}.`, hint: `Read it again: from ${from} ${ways}.` });
  }
}
