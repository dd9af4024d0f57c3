/** Who wanted which nights of a house, and when that was said: bookings as they come, in rooms that are free, under rules that let them. */
import type { Guest } from '../../guests/model/guest.ts';
import { violation } from '../../rooms/model/restriction.ts';
import type { Occupancy } from '../../rooms/model/room-type.ts';
import type { Random } from '../random.ts';
import type { House, PlanOfHouse, TypeOfHouse } from './house.ts';
import type { People } from './people.ts';
import type { RateTable } from './rates.ts';

/** How it ends; `kept` goes on to be slept in, unless that is still to come. */
export type Ending = 'kept' | 'cancelled' | 'no_show';

export interface Stay extends Occupancy {
  guest: Guest;
  type: TypeOfHouse;
  plan: PlanOfHouse;
  /** The room that it gets when the time comes; undefined when it gets none. */
  roomId: string | undefined;
  /** Days of the calendar. */
  arrival: number;
  departure: number;
  booked: number;
  /** Milliseconds since 1970. */
  bookedAt: number;
  ending: Ending;
  source: string;
}

const NIGHTS = [[1, 30], [2, 27], [3, 18], [4, 10], [5, 6], [7, 6], [10, 2], [14, 1]] as const;
const SOURCES = [['website', 34], ['channel', 30], ['agency', 14], ['direct', 10], ['phone', 8], ['walk_in', 4]] as const;
const CANCELLED = 0.12;
const NO_SHOW = 0.02;
const COMES_AGAIN = 0.28;
/** Mean days between booking and arrival. */
const LEAD_DAYS = 24;
/** How far ahead a hotel's nights are sold: so many days on, a third is left of today's bookings. */
const AHEAD_DAYS = 45;
const LAST_ARRIVAL_DAYS_AHEAD = 330;
const TRIES = 60;

export function makeStays(house: House, rates: RateTable, people: People, count: number, random: Random): Stay[] {
  const rooms = new FreeRooms(house, random);
  const arrivals = arrivalWeights(house, rates);
  const guests: Guest[] = [];
  const stays = Array.from({ length: count }, () => {
    const stay = drawUntilPossible(house, rates, rooms, arrivals, random);
    return { ...stay, guest: guestFor(stay, guests, people, random) };
  });
  return stays.sort((one, other) => one.bookedAt - other.bookedAt);
}

type Draft = Omit<Stay, 'guest'>;

function drawUntilPossible(house: House, rates: RateTable, rooms: FreeRooms, arrivals: DayPicker, random: Random): Draft {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const draft = draw(house, arrivals.pick(random), random.weighted(NIGHTS), random);
    if (isAllowed(house, rates, draft) && rooms.take(draft)) return draft;
  }
  // The house is nearly full: the next single night that can be had.
  for (let arrival = house.calendar.today + 1; arrival < house.calendar.days - 1; arrival += 1) {
    for (let attempt = 0; attempt < house.types.length * 2; attempt += 1) {
      const draft = draw(house, arrival, 1, random);
      if (isAllowed(house, rates, draft) && rooms.take(draft)) return draft;
    }
  }
  throw new Error(`${house.property.code} has no room left for so many reservations.`);
}

function draw({ calendar, types, plans, now }: House, arrival: number, nights: number, random: Random): Draft {
  const type = random.weighted(types.map((one) => [one, one.roomIds.length] as const));
  const plan = random.weighted(plans.map((one) => [one, one.share] as const));
  const lead = Math.floor(random.exponential(LEAD_DAYS));
  const booked = Math.max(0, Math.min(arrival - lead, calendar.today - Math.floor(random.exponential(12))));
  const latest = Math.min(now - 60_000, calendar.moment(Math.max(booked, 0), 23.9));
  const departure = Math.min(arrival + nights, calendar.days - 1);
  return {
    type, plan, arrival, departure, booked, bookedAt: Math.min(calendar.moment(booked, random.whole(0, 9) + random.unit() * 14), latest), roomId: undefined,
    ...partyFor(type, random), ending: endingOf(arrival, calendar.today, random), source: lead === 0 && random.chance(0.5) ? 'walk_in' : random.weighted(SOURCES),
  };
}

function endingOf(arrival: number, today: number, random: Random): Ending {
  if (random.chance(CANCELLED)) return 'cancelled';
  return arrival < today && random.chance(NO_SHOW) ? 'no_show' : 'kept';
}

function partyFor({ capacity_adults, capacity_children }: TypeOfHouse, random: Random): Occupancy {
  const adults = Math.min(capacity_adults, random.weighted([[1, 40], [2, 52], [3, 5], [4, 3]]));
  const children = adults >= 2 && capacity_children > 0 && random.chance(0.25) ? random.whole(1, Math.min(2, capacity_children)) : 0;
  return { adults, children };
}

/** Whether the house took the booking on the day that it was made. */
function isAllowed({ calendar }: House, rates: RateTable, { arrival, departure, booked, plan }: Draft): boolean {
  if (departure <= arrival) return false;
  const nights = new Set(Array.from({ length: departure - arrival }, (_, night) => calendar.date(arrival + night)));
  const stay = { arrival: calendar.date(arrival), departure: calendar.date(departure) };
  return violation(stay, { nights, arrival: true, departure: true }, rates.restrictionsOf(plan), calendar.date(booked)) === undefined;
}

function guestFor({ bookedAt, adults }: Draft, guests: Guest[], people: People, random: Random): Guest {
  const known = guests.length > 0 && adults > 0 && random.chance(COMES_AGAIN) ? random.pick(guests) : undefined;
  if (known && Date.parse(known.created_at) <= bookedAt) return known;
  const guest = people.make(bookedAt - 30_000);
  guests.push(guest);
  return guest;
}

interface DayPicker {
  pick: (random: Random) => number;
}

/** More in season; of days to come fewer the further they are. */
function arrivalWeights({ calendar }: House, { demand }: RateTable): DayPicker {
  const sums: number[] = [];
  let sum = 0;
  for (let day = 0; day <= calendar.today + LAST_ARRIVAL_DAYS_AHEAD; day += 1) {
    const ahead = Math.max(0, day - calendar.today);
    sum += (demand[day] ?? 1) * Math.exp(-ahead / AHEAD_DAYS);
    sums.push(sum);
  }
  return {
    pick(random) {
      const wanted = random.unit() * sum;
      return Math.max(0, sums.findIndex((upTo) => upTo > wanted));
    },
  };
}

/** Which rooms are free in which nights. */
class FreeRooms {
  readonly #nights: Map<string, Uint8Array>;
  readonly #random: Random;

  constructor({ rooms, calendar }: House, random: Random) {
    this.#nights = new Map(rooms.map(({ id }) => [id, new Uint8Array(calendar.days)]));
    this.#random = random;
  }

  /** Gives the stay a room when it will need one. @returns false when none of its type is free */
  take(stay: Draft): boolean {
    if (stay.ending !== 'kept') return true;
    const { roomIds } = stay.type;
    const start = this.#random.whole(0, roomIds.length - 1);
    for (let index = 0; index < roomIds.length; index += 1) {
      const roomId = roomIds[(start + index) % roomIds.length] ?? '';
      const taken = this.#nights.get(roomId);
      if (taken && !taken.subarray(stay.arrival, stay.departure).includes(1)) {
        taken.fill(1, stay.arrival, stay.departure);
        stay.roomId = roomId;
        return true;
      }
    }
    return false;
  }
}
