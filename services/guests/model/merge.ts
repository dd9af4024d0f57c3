/** Two profiles of one person become one: the survivor keeps what it knows and takes what only the other knows. */
import type { Guest, GuestChange } from './guest.ts';

const FILLED_IN = ['first_name', 'email', 'phone', 'nationality', 'language', 'birth_date', 'address'] as const;

/** @returns the survivor's new values; its preferences win over the other's, notes are put together, VIP stays VIP */
export function mergedProfile(survivor: Guest, other: Guest): Required<GuestChange> & Pick<Guest, 'preferences'> {
  const filled = Object.fromEntries(FILLED_IN.map((field) => [field, survivor[field] === null || survivor[field] === '' ? other[field] : survivor[field]]));
  return {
    ...pickProfile(survivor),
    ...filled,
    vip: survivor.vip || other.vip,
    notes: [...new Set([survivor.notes, other.notes].filter((notes) => notes !== ''))].join('\n').slice(0, 2_000),
    preferences: { ...other.preferences, ...survivor.preferences },
  };
}

export function pickProfile({ first_name, last_name, email, phone, nationality, language, birth_date, address, vip, notes }: Guest): Required<GuestChange> {
  return { first_name, last_name, email, phone, nationality, language, birth_date, address, vip, notes };
}
