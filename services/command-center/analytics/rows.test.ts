import { describe, expect, it } from 'vitest';
import type { DomainEvent } from '@tartware/kit/events';
import { addRows, noRows } from './rows.ts';
import type { Rows } from './tables.ts';

const ID = '0199aaaa-0000-7000-8000-000000000001';
const TENANT = '0199aaaa-0000-7000-8000-00000000000a';
const AT = '2027-03-27T10:00:00.000Z';

function rowsOf(type: string, data: object, version = 1): Rows {
  const event: DomainEvent = { id: ID, type, tenant_id: TENANT, aggregate_id: ID, version, property_id: ID, occurred_at: AT, data };
  const rows = noRows();
  addRows(rows, event);
  return rows;
}

const entry = { id: ID, property_id: ID, business_date: '2027-03-27', currency: 'EUR', amount_minor: 900 };

describe('an event', () => {
  it('of any type is counted, and nothing is kept of what it says about a guest', () => {
    expect(rowsOf('guest.created', { id: ID, last_name: 'Lovelace' }, 3)).toEqual({
      ...noRows(), events: [{ tenant_id: TENANT, id: ID, type: 'guest.created', aggregate_id: ID, version: 3, property_id: ID, occurred_at: AT }],
    });
  });

  it('of a reservation leaves its nights at that version', () => {
    const data = { id: ID, property_id: ID, status: 'confirmed', currency: 'EUR', nights: [{ date: '2027-03-27', amount_minor: 9_900 }, { date: '2027-03-28', amount_minor: 0 }], created_at: AT };
    expect(rowsOf('reservation.confirmed', data, 2).reservations).toEqual([{
      tenant_id: TENANT, property_id: ID, id: ID, version: 2, occurred_at: AT, created_at: AT, status: 'confirmed', currency: 'EUR',
      dates: ['2027-03-27', '2027-03-28'], amounts: [9_900, 0],
    }]);
  });

  it.each([
    ['guest_ledger', 'room_revenue', [['room_revenue', 900]]],
    ['room_revenue', 'guest_ledger', [['room_revenue', -900]]],
    ['room_revenue', 'other_revenue', [['other_revenue', 900], ['room_revenue', -900]]],
    ['cash', 'guest_ledger', []],
  ])('of a ledger that debits %s and credits %s counts %j', (debit_account, credit_account, expected) => {
    expect(rowsOf('ledger.posted', { ...entry, debit_account, credit_account }).revenue.map(({ account, amount_minor }) => [account, amount_minor])).toEqual(expected);
  });

  it('of a room that is closed for repair, and of its end, is one row that the later replaces', () => {
    const data = { id: ID, property_id: ID, room_id: ID, from: '2027-03-27', to: '2027-03-30' };
    const [set, cleared] = [rowsOf('out_of_order.set', data).out_of_order, rowsOf('out_of_order.cleared', data, 2).out_of_order];
    expect([set[0]?.cleared, cleared[0]?.cleared, set[0]?.id === cleared[0]?.id]).toEqual([false, true, true]);
  });

  it('without what its type promises is refused, with the field', () => {
    expect(() => rowsOf('room.created', { id: ID, property_id: ID })).toThrow('room.created came without what it promises: /active');
  });
});
