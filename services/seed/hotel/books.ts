/** The money of a seeded hotel: what each booking was charged and paid, its invoices, and the night audit of every day that is over. */
import { chargeOn } from '../../billing/actions/charge.ts';
import { postingOn } from '../../billing/actions/post.ts';
import { depositEntries, paymentEntries, refundEntries, transferEntries } from '../../billing/model/entries.ts';
import { draft } from '../../billing/model/invoice.ts';
import type { Recipient } from '../../billing/model/invoice.ts';
import type { PaymentMethod } from '../../billing/model/accounts.ts';
import type { Guest } from '../../guests/model/guest.ts';
import { EVENTS } from '../../reservations/model/reservation.ts';
import { without } from '../rows.ts';
import type { Random } from '../random.ts';
import { AUDIT_HOUR } from './bookings.ts';
import type { Booking, BookingVersion } from './bookings.ts';
import type { House } from './house.ts';
import { Ledger } from './ledger.ts';
import type { Account } from './ledger.ts';

const MINUTE = 60_000;
/** How many of the flexible bookings pay something in advance. */
const DEPOSITS = 0.12;
const EXTRAS_A_DAY = 0.4;
const INVOICED = 0.85;
const ON_ACCOUNT = 0.04;
const FEES_PAID = 0.7;
const METHODS = [['card', 78], ['cash', 14], ['bank', 8]] as const;
const EXTRAS = [
  ['food_beverage', 'Restaurant', 38], ['food_beverage', 'Bar', 16], ['food_beverage', 'Breakfast', 14], ['food_beverage', 'Minibar', 7],
  ['other', 'Parking', 18], ['other', 'Laundry', 15], ['other', 'Spa', 55],
] as const;

export function keepBooks(house: House, bookings: readonly Booking[], actor: string | null, random: Random): Ledger {
  const clerk = new Clerk(house, actor, random);
  for (const booking of bookings) clerk.keep(booking);
  return clerk.ledger;
}

class Clerk {
  readonly ledger: Ledger;
  readonly #house: House;
  readonly #actor: string | null;
  readonly #random: Random;

  constructor(house: House, actor: string | null, random: Random) {
    this.ledger = new Ledger(random);
    this.#house = house;
    this.#actor = actor;
    this.#random = random;
  }

  keep(booking: Booking): void {
    const { now, versions: [first] } = booking;
    if (!first) return;
    const { id, property_id, guest_id, group_id, arrival, departure, currency } = first.state;
    const account = this.ledger.open({ property_id, kind: 'guest', reservation_id: id, group_id, guest_id, arrival, departure, currency }, first.at);
    this.#payAhead(account, booking, first);
    this.#followChanges(account, booking);
    if (now.status === 'cancelled' || now.status === 'no_show') this.#chargeFee(account, booking);
    else this.#stay(account, booking);
  }

  /** The whole price under the cheap plan, sometimes the first night under the others. */
  #payAhead(account: Account, { stay }: Booking, { state, day, at }: BookingVersion): void {
    const amount = stay.plan.prepaid ? state.total_minor : this.#random.chance(DEPOSITS) ? state.nights[0]?.amount_minor ?? 0 : 0;
    if (amount > 0) this.#pay(account, amount, this.#random.chance(0.9) ? 'card' : 'bank', day, this.#notInFuture(at + MINUTE / 6));
  }

  #followChanges(account: Account, { versions }: Booking): void {
    for (const { state: { version, arrival, departure, guest_id } } of versions.filter(({ event }) => event === EVENTS.changed)) {
      account.folio = { ...account.folio, arrival, departure, guest_id, version: account.folio.version + 1 };
      account.reservationVersion = version;
    }
  }

  #chargeFee(account: Account, { now, versions, stay }: Booking): void {
    const ended = versions.at(-1);
    if (!ended) return;
    const at = this.#notInFuture(ended.at + MINUTE / 60);
    const fee = now.cancellation_fee_minor ?? 0;
    if (fee === 0) {
      this.#refund(account, ended.day, at);
      return;
    }
    const description = now.status === 'cancelled' ? 'Cancellation fee' : 'No-show fee';
    this.#charge(account, ended.day, at, { kind: 'cancellation_fee', amount_minor: fee, description, source: 'cancellation' });
    // A no-show is known the day after.
    const day = now.status === 'cancelled' ? ended.day : ended.day + 1;
    if (account.folio.balance_minor > 0 && !stay.plan.prepaid && this.#random.chance(FEES_PAID)) this.#pay(account, account.folio.balance_minor, 'card', day, this.#notInFuture(at + 30 * MINUTE));
  }

  /** Cancelled in time: what was paid goes back. */
  #refund(account: Account, day: number, at: number): void {
    account.payments = account.payments.map((payment) => {
      this.ledger.post(account, this.#house.calendar.date(day), at, (folio) => postingOn(folio, {
        kind: 'refund', description: 'Cancelled in time', net_minor: payment.amount_minor, gross_minor: payment.amount_minor,
        entries: refundEntries(folio, payment.method, payment.amount_minor), created_by: this.#actor,
      }));
      return { ...payment, version: 2, status: 'refunded' as const, refunded_minor: payment.amount_minor, updated_at: new Date(at).toISOString() };
    });
  }

  #stay(account: Account, { stay, now, versions }: Booking): void {
    const came = versions.find(({ event }) => event === EVENTS.checkedIn);
    if (!came) return;
    const { today } = this.#house.calendar;
    for (let day = stay.arrival; day < Math.min(stay.departure, today + 1); day += 1) {
      this.#extras(account, day, day === stay.arrival ? came.at : 0);
      if (day < today) this.#night(account, day, now.nights[day - stay.arrival]?.amount_minor ?? 0);
    }
    const left = versions.find(({ event }) => event === EVENTS.checkedOut);
    if (left) this.#settle(account, left, stay.guest);
  }

  #extras(account: Account, day: number, after: number): void {
    const { calendar, now, place } = this.#house;
    if (!this.#random.chance(EXTRAS_A_DAY)) return;
    const at = Math.max(calendar.moment(day, 17 + this.#random.unit() * 6), after + MINUTE);
    if (at >= now) return;
    const [kind, description, euros] = this.#random.pick(EXTRAS);
    const amount_minor = Math.round(euros * (0.6 + 1.2 * this.#random.unit()) * place.minorPerEuro);
    this.#charge(account, day, at, { kind, amount_minor, description, source: 'user' });
  }

  /** As the night audit posts it. */
  #night(account: Account, day: number, amount_minor: number): void {
    const at = this.#notInFuture(this.#house.calendar.moment(day + 1, AUDIT_HOUR + 0.02));
    const date = this.#house.calendar.date(day);
    if (amount_minor > 0) this.#charge(account, day, at, { kind: 'room', amount_minor, description: `Night of ${date}`, source: 'night_audit' });
    if (account.folio.deposit_minor > 0) {
      this.ledger.post(account, date, at, (folio) => postingOn(folio, {
        kind: 'deposit_applied', description: '', net_minor: 0, gross_minor: 0, entries: depositEntries(folio, folio.deposit_minor), source: 'night_audit', created_by: null,
      }));
    }
  }

  #charge(account: Account, day: number, at: number, { source, ...price }: { kind: 'room' | 'food_beverage' | 'other' | 'cancellation_fee'; amount_minor: number; description: string; source: 'user' | 'night_audit' | 'cancellation' }): void {
    const { calendar, property: { currency }, taxRules } = this.#house;
    this.ledger.post(account, calendar.date(day), at, (folio) => chargeOn(folio, { ...price, currency }, taxRules, { source, created_by: source === 'user' ? this.#actor : null }));
  }

  #pay(account: Account, amount_minor: number, method: PaymentMethod, day: number, at: number): void {
    const { calendar, property } = this.#house;
    const date = calendar.date(day);
    const moment = new Date(at).toISOString();
    const reference = method === 'cash' ? '' : `${method === 'card' ? 'T' : 'B'}${this.#random.whole(100_000, 999_999)}`;
    account.payments.push({
      id: this.#random.uuid(at), version: 1, property_id: property.id, folio_id: account.folio.id, method, status: 'captured', currency: property.currency, amount_minor, captured_minor: amount_minor,
      refunded_minor: 0, reference, created_at: moment, updated_at: moment,
    });
    const early = account.folio.arrival !== null && date < account.folio.arrival;
    this.ledger.post(account, date, at, (folio) => postingOn(folio, {
      kind: 'payment', description: reference, net_minor: -amount_minor, gross_minor: -amount_minor, entries: paymentEntries(folio, method, amount_minor, early), created_by: this.#actor,
    }));
  }

  #settle(account: Account, { day, at }: BookingVersion, guest: Guest): void {
    const before = at - MINUTE / 12;
    const owed = account.folio.balance_minor;
    const onAccount = owed > 0 && this.#random.chance(ON_ACCOUNT);
    if (owed > 0 && !onAccount) this.#pay(account, owed, this.#random.weighted(METHODS), day, before);
    if (this.#random.chance(INVOICED)) this.#invoice(account, day, before + 1_000, guest);
    if (onAccount) this.#moveToCityLedger(account, day, before + 2_000);
    this.ledger.close(account, onAccount ? 'city_ledger' : 'paid', before + 3_000);
  }

  #invoice(account: Account, day: number, at: number, guest: Guest): void {
    const charges = account.postings.filter(({ kind }) => kind === 'charge').map((posting) => without(posting, 'entries'));
    if (charges.length === 0) return;
    const { calendar, property } = this.#house;
    account.invoices.push({
      id: this.#random.uuid(at), property_id: property.id, folio_id: account.folio.id, kind: 'invoice', credits: null, business_date: calendar.date(day), currency: property.currency,
      ...draft(charges, recipientOf(guest), ''), issued_at: new Date(at).toISOString(),
    });
  }

  #moveToCityLedger(account: Account, day: number, at: number): void {
    const { property_id, reservation_id, group_id, guest_id, arrival, departure, currency, balance_minor: amount } = account.folio;
    const owed = this.ledger.open({ property_id, kind: 'city_ledger', reservation_id, group_id, guest_id, arrival, departure, currency }, at);
    owed.reservationVersion = 0;
    const moved = this.ledger.post(account, this.#house.calendar.date(day), at + 1, (folio) => postingOn(folio, {
      kind: 'settlement', counter_folio_id: owed.folio.id, description: '', net_minor: -amount, gross_minor: -amount, entries: transferEntries(folio, owed.folio, amount), created_by: null,
    }));
    this.ledger.follow(owed, moved);
  }

  #notInFuture(at: number): number {
    return Math.min(at, this.#house.now);
  }
}

/** As billing makes an invoice out when nobody says to whom. */
function recipientOf({ first_name, last_name, address }: Guest): Recipient {
  const town = [address?.postal_code, address?.city].filter(Boolean).join(' ');
  return { name: `${first_name} ${last_name}`.trim(), address: address ? [address.street, town, address.region, address.country].filter(Boolean).join('\n') : '' };
}
