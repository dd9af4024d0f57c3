import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { instantOf } from './local-time.ts';

describe('a time on the property\'s clock', () => {
  it.each([
    ['in winter', '2027-01-10', '18:00', 'Europe/Berlin', '2027-01-10T17:00:00.000Z'],
    ['in summer', '2027-07-10', '18:00', 'Europe/Berlin', '2027-07-10T16:00:00.000Z'],
    ['that spring skips', '2027-03-28', '02:30', 'Europe/Berlin', '2027-03-28T01:30:00.000Z'],
    ['just before spring skips', '2027-03-28', '01:59', 'Europe/Berlin', '2027-03-28T00:59:00.000Z'],
    ['just after spring skipped', '2027-03-28', '03:00', 'Europe/Berlin', '2027-03-28T01:00:00.000Z'],
    ['that autumn shows twice: the later', '2027-10-31', '02:30', 'Europe/Berlin', '2027-10-31T01:30:00.000Z'],
    ['midnight of a day whose midnight is skipped', '2027-09-05', '00:00', 'America/Santiago', '2027-09-05T04:00:00.000Z'],
    ['on a leap day', '2028-02-29', '00:00', 'America/New_York', '2028-02-29T05:00:00.000Z'],
    ['at year\'s end', '2027-12-31', '23:59', 'Pacific/Auckland', '2027-12-31T10:59:00.000Z'],
    ['across the date line', '2027-06-01', '00:30', 'Pacific/Kiritimati', '2027-05-31T10:30:00.000Z'],
    ['with half an hour of summer time', '2027-04-04', '01:45', 'Australia/Lord_Howe', '2027-04-03T15:15:00.000Z'],
    ['in a zone of quarters', '2027-06-01', '12:00', 'Asia/Kathmandu', '2027-06-01T06:15:00.000Z'],
  ])('%s', (_name, date, time, zone, moment) => {
    expect(instantOf(date, time, zone)).toBe(moment);
  });

  it('is what the clock shows at that moment, unless spring skips it', () => {
    const zones = ['Europe/Berlin', 'America/New_York', 'Asia/Tokyo', 'Pacific/Auckland', 'Australia/Lord_Howe', 'America/St_Johns', 'Africa/Casablanca', 'UTC'];
    fc.assert(fc.property(fc.constantFrom(...zones), fc.integer({ min: 0, max: 366 * 10 * 48 }), (zone, halfHours) => {
      const local = new Date(Date.UTC(2026, 0, 1) + halfHours * 1_800_000).toISOString();
      const moment = new Date(instantOf(local.slice(0, 10), local.slice(11, 16), zone));
      const shown = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' }).format(moment);
      const wanted = local.slice(0, 16).replace('T', ' ');
      expect([wanted, addMinutes(wanted, 60), addMinutes(wanted, 30)]).toContain(shown);
    }), { numRuns: 500 });
  });
});

function addMinutes(text: string, minutes: number): string {
  return new Date(Date.parse(`${text.replace(' ', 'T')}:00Z`) + minutes * 60_000).toISOString().slice(0, 16).replace('T', ' ');
}
