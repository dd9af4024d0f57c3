import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDays, nightsBetween } from '@tartware/kit/resources';
import { checkStay, planChange } from './change.ts';
import type { Reservation } from './reservation.ts';

const TODAY = '2028-02-28';
const guest = '0199aaaa-0000-7000-8000-0000000000a1';
const booked = (over: Partial<Reservation> = {}): Parameters<typeof planChange>[0] => ({
  status: 'confirmed', room_id: null, guest_id: guest, room_type_id: 'dbl', rate_plan_id: 'bar', arrival: '2028-03-10', departure: '2028-03-13', adults: 2, children: 0, ...over,
});
const refusal = (code: string, field: string) => expect.objectContaining({ code, errors: [expect.objectContaining({ field })] });

describe('a confirmed reservation', () => {
  it('may change in everything', () => {
    const change = { guest_id: 'other', room_type_id: 'sgl', rate_plan_id: 'flex', arrival: '2028-02-29', departure: '2028-03-01', adults: 1, children: 1 };
    expect(planChange(booked(), change, TODAY)).toEqual({
      wishes: change, fields: ['guest_id', 'room_type_id', 'rate_plan_id', 'arrival', 'departure', 'adults', 'children'], reallocates: true, losesRoom: false,
    });
  });

  it('loses its room with another type, not with other dates', () => {
    expect(planChange(booked({ room_id: 'r1' }), { room_type_id: 'sgl' }, TODAY).losesRoom).toBe(true);
    expect(planChange(booked({ room_id: 'r1' }), { departure: '2028-03-14' }, TODAY).losesRoom).toBe(false);
  });

  it('does not ask rooms for another guest, nor for what is as it was', () => {
    expect(planChange(booked(), { guest_id: 'other' }, TODAY)).toMatchObject({ fields: ['guest_id'], reallocates: false });
    expect(planChange(booked(), { adults: 2 }, TODAY)).toMatchObject({ fields: [], reallocates: false });
  });

  it.each([
    ['arrival before the business date', { arrival: '2028-02-27' }, 'arrival'],
    ['departure at the arrival', { departure: '2028-03-10' }, 'departure'],
    ['departure before the arrival', { departure: '2028-03-01' }, 'departure'],
    ['more than a year', { departure: '2029-03-11' }, 'departure'],
  ])('refuses %s', (_name, change, field) => {
    expect(() => planChange(booked(), change, TODAY)).toThrow(refusal('stay_invalid', `/${field}`) as Error);
  });
});

describe('a guest in house', () => {
  const inHouse = booked({ status: 'in_house', room_id: 'r1', arrival: '2028-02-26', departure: '2028-03-02' });

  it('may stay longer, leave today, and be more or fewer', () => {
    expect(planChange(inHouse, { departure: '2028-03-05', adults: 1 }, TODAY)).toMatchObject({ fields: ['departure', 'adults'], reallocates: true, losesRoom: false });
    expect(planChange(inHouse, { departure: TODAY }, TODAY).wishes.departure).toBe(TODAY);
  });

  it.each([
    ['guest_id', { guest_id: 'other' }], ['room_type_id', { room_type_id: 'sgl' }], ['rate_plan_id', { rate_plan_id: 'flex' }], ['arrival', { arrival: '2028-02-27' }],
  ])('keeps %s', (field, change) => {
    expect(() => planChange(inHouse, change, TODAY)).toThrow(refusal('change_not_allowed', `/${field}`) as Error);
  });

  it('cannot leave before today: nights slept are slept', () => {
    expect(() => planChange(inHouse, { departure: '2028-02-27' }, TODAY)).toThrow(refusal('stay_invalid', '/departure') as Error);
  });
});

it('takes exactly the stays of 1 to 365 nights that begin today or later, over leap days and years', () => {
  const day = fc.integer({ min: 0, max: 1_500 }).map((days) => addDays('2027-01-01', days));
  fc.assert(fc.property(day, day, day, (arrival, departure, today) => {
    const nights = nightsBetween(arrival, departure);
    const right = nights >= 1 && nights <= 365 && arrival >= today;
    const check = () => checkStay({ arrival, departure }, today);
    if (right) {
      check();
    } else {
      expect(check).toThrow(expect.objectContaining({ code: 'stay_invalid' }) as Error);
    }
  }), { numRuns: 500 });
});
