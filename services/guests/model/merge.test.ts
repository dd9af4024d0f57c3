import { describe, expect, it } from 'vitest';
import type { Guest } from './guest.ts';
import { mergedProfile } from './merge.ts';

const blank: Guest = {
  id: 'a', status: 'active', merged_into: null, first_name: '', last_name: 'Musterfrau', email: null, phone: null, nationality: null, language: null,
  birth_date: null, address: null, vip: false, notes: '', preferences: {}, version: 1, created_at: '', updated_at: '',
};

describe('merging profiles', () => {
  it('keeps what the survivor knows and takes the rest', () => {
    const survivor = { ...blank, email: 'erika@example.com', preferences: { floor: 'high' as const }, notes: 'likes tea' };
    const other = { ...blank, first_name: 'Erika', last_name: 'Mustermann', email: 'old@example.com', phone: '+49 30 1234567', preferences: { floor: 'low' as const, smoking: false }, notes: 'allergic to down' };
    expect(mergedProfile(survivor, other)).toMatchObject({
      first_name: 'Erika', last_name: 'Musterfrau', email: 'erika@example.com', phone: '+49 30 1234567',
      preferences: { floor: 'high', smoking: false }, notes: 'likes tea\nallergic to down',
    });
  });

  it('VIP stays VIP, the same note is kept once and notes stay within their length', () => {
    expect(mergedProfile({ ...blank, notes: 'x' }, { ...blank, vip: true, notes: 'x' })).toMatchObject({ vip: true, notes: 'x' });
    expect(mergedProfile({ ...blank, notes: 'a'.repeat(1_999) }, { ...blank, notes: 'b'.repeat(50) }).notes).toHaveLength(2_000);
  });
});
