/** What a hotel platform is asked: four reads to a write, most of them about what is free and about one reservation. */
import { randomUUID } from 'node:crypto';
import { addDays } from '@tartware/kit/resources';
import { BenchError } from '../errors.ts';
import { Random } from '../../services/seed/random.ts';
import type { Call, Kind } from './open-load.ts';
import type { Stock } from './stock.ts';

export function mixOf(stock: Stock): Kind[] {
  const random = new Random('bench');
  const one = <Value>(values: readonly Value[]): Value => random.pick(values);
  return [
    { name: 'availability', share: 0.3, next: () => availability(stock, random) },
    { name: 'reservation', share: 0.2, next: () => get(`/v1/reservations/${one(stock.reservations)}`) },
    { name: 'reservations', share: 0.12, next: () => get(`/v1/reservations?property_id=${one(stock.properties).id}&status=confirmed&limit=50`) },
    { name: 'folio', share: 0.1, next: () => get(`/v1/billing/folios/${one(stock.folios).id}`) },
    { name: 'guests', share: 0.08, next: () => get(`/v1/guests?q=${encodeURIComponent(one(stock.names))}&limit=20`) },
    { name: 'reserve', share: 0.08, next: () => reserve(stock, random) },
    { name: 'charge', share: 0.07, next: () => money(stock, random, 'charges', { kind: 'food_beverage', description: 'Bar' }) },
    { name: 'payment', share: 0.03, next: () => money(stock, random, 'payments', { method: 'card', reference: 'T100000' }) },
    { name: 'check-in', share: 0.02, next: () => checkIn(stock) },
  ];
}

function get(path: string): Call {
  return { method: 'GET', path };
}

/** Most look for dates that are near. */
function availability({ properties }: Stock, random: Random): Call {
  const { id, business_date } = random.pick(properties);
  const arrival = addDays(business_date, Math.min(300, Math.floor(random.exponential(20))));
  return get(`/v1/availability?property_id=${id}&arrival=${arrival}&departure=${addDays(arrival, random.whole(1, 4))}&adults=${random.whole(1, 2)}`);
}

function reserve({ sellable, guests }: Stock, random: Random): Call {
  const { nights, ...sold } = random.pick(sellable);
  const arrival = random.pick(nights);
  return post('/v1/reservations', { ...sold, guest_id: random.pick(guests), arrival, departure: addDays(arrival, 1), adults: 2, children: 0 });
}

function money({ folios }: Stock, random: Random, what: string, body: object): Call {
  const { id, currency } = random.pick(folios);
  return post(`/v1/billing/folios/${id}/${what}`, { ...body, currency, amount_minor: random.whole(500, 5_000) });
}

function checkIn({ arrivals }: Stock): Call {
  const id = arrivals.pop();
  if (id === undefined) throw new BenchError('NO_ARRIVALS', 'All prepared guests have arrived.', 'Measure for less long, or prepare more of them.');
  return { ...post(`/v1/reservations/${id}/check-in`, {}), headers: { 'idempotency-key': randomUUID(), 'if-match': '"1"' } };
}

function post(path: string, body: object): Call {
  return { method: 'POST', path, headers: { 'idempotency-key': randomUUID() }, body: JSON.stringify(body) };
}
