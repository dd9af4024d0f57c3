/** Where hotels stand. Prices and taxes are believable, not advice: they are of the right kind and size, as the places had them in 2026. */
import type { ChargeKind } from '../../billing/model/accounts.ts';
import type { TaxRule } from '../../billing/model/tax.ts';

/** How prices go through the year and the week. */
export interface Demand {
  /** Day of the year with the highest prices. */
  peak: number;
  /** How much more than the mean is paid at the peak, and less in the valley, of 1. */
  swing: number;
  /** Who comes: on weekends or on working days. */
  guests: 'leisure' | 'business';
}

export interface Place {
  /** Three capitals that the property's code begins with. */
  code: string;
  city: string;
  /** ISO 3166. */
  country: string;
  timeZone: string;
  currency: string;
  /** Smallest units of the currency that one euro is worth, about. */
  minorPerEuro: number;
  /** What a double room costs in the mean, in euros. */
  euros: number;
  demand: Demand;
  taxes: readonly PlaceTax[];
}

export type PlaceTax = Omit<TaxRule, 'charge_kind' | 'valid_from'> & { on: readonly ChargeKind[] };

const EVERYTHING = ['room', 'food_beverage', 'other', 'cancellation_fee'] as const;
const SERVICES = ['food_beverage', 'other'] as const;

function contained(code: string, name: string, percent: number, on: readonly ChargeKind[] = EVERYTHING): PlaceTax {
  return { on, code, name, method: 'percent', rate_ppm: Math.round(percent * 10_000), amount_minor: 0, inclusive: true };
}

function added(code: string, name: string, percent: number, on: readonly ChargeKind[]): PlaceTax {
  return { ...contained(code, name, percent, on), inclusive: false };
}

function perNight(name: string, amount_minor: number): PlaceTax {
  return { on: ['room'], code: 'city_tax', name, method: 'fixed', rate_ppm: 0, amount_minor, inclusive: false };
}

const north = (peak: number, swing: number, guests: Demand['guests']): Demand => ({ peak, swing, guests });

export const PLACES: readonly Place[] = [
  { code: 'HAM', city: 'Hamburg', country: 'DE', timeZone: 'Europe/Berlin', currency: 'EUR', minorPerEuro: 100, euros: 135, demand: north(200, 0.15, 'business'),
    taxes: [contained('vat', 'USt 7 %', 7, ['room']), contained('vat', 'USt 19 %', 19, SERVICES), perNight('Kultur- und Tourismustaxe', 300)] },
  { code: 'LIS', city: 'Lisboa', country: 'PT', timeZone: 'Europe/Lisbon', currency: 'EUR', minorPerEuro: 100, euros: 128, demand: north(215, 0.3, 'leisure'),
    taxes: [contained('vat', 'IVA 6 %', 6, ['room']), contained('vat', 'IVA 13 %', 13, SERVICES), perNight('Taxa turística', 400)] },
  { code: 'NYC', city: 'New York', country: 'US', timeZone: 'America/New_York', currency: 'USD', minorPerEuro: 116, euros: 240, demand: north(330, 0.2, 'business'),
    taxes: [added('sales_tax', 'Sales tax', 8.875, EVERYTHING), added('occupancy_tax', 'Hotel room occupancy tax', 5.875, ['room']), perNight('Room fee', 350)] },
  { code: 'KYO', city: 'Kyoto', country: 'JP', timeZone: 'Asia/Tokyo', currency: 'JPY', minorPerEuro: 172, euros: 150, demand: north(310, 0.25, 'leisure'),
    taxes: [contained('consumption_tax', '消費税 10 %', 10), perNight('宿泊税', 1_000)] },
  { code: 'AKL', city: 'Auckland', country: 'NZ', timeZone: 'Pacific/Auckland', currency: 'NZD', minorPerEuro: 200, euros: 120, demand: north(20, 0.25, 'leisure'),
    taxes: [contained('gst', 'GST 15 %', 15)] },
  { code: 'BCN', city: 'Barcelona', country: 'ES', timeZone: 'Europe/Madrid', currency: 'EUR', minorPerEuro: 100, euros: 148, demand: north(210, 0.35, 'leisure'),
    taxes: [contained('vat', 'IVA 10 %', 10), perNight('Impost sobre les estades', 725)] },
  { code: 'LON', city: 'London', country: 'GB', timeZone: 'Europe/London', currency: 'GBP', minorPerEuro: 87, euros: 210, demand: north(190, 0.15, 'business'),
    taxes: [contained('vat', 'VAT 20 %', 20)] },
  { code: 'ZRH', city: 'Zürich', country: 'CH', timeZone: 'Europe/Zurich', currency: 'CHF', minorPerEuro: 94, euros: 205, demand: north(240, 0.1, 'business'),
    taxes: [contained('vat', 'MWST 3,8 %', 3.8, ['room']), contained('vat', 'MWST 8,1 %', 8.1, SERVICES), perNight('City Tax', 350)] },
  { code: 'PAR', city: 'Paris', country: 'FR', timeZone: 'Europe/Paris', currency: 'EUR', minorPerEuro: 100, euros: 190, demand: north(165, 0.2, 'leisure'),
    taxes: [contained('vat', 'TVA 10 %', 10), perNight('Taxe de séjour', 845)] },
  { code: 'SYD', city: 'Sydney', country: 'AU', timeZone: 'Australia/Sydney', currency: 'AUD', minorPerEuro: 178, euros: 155, demand: north(5, 0.25, 'leisure'),
    taxes: [contained('gst', 'GST 10 %', 10)] },
  { code: 'SAO', city: 'São Paulo', country: 'BR', timeZone: 'America/Sao_Paulo', currency: 'BRL', minorPerEuro: 620, euros: 75, demand: north(80, 0.08, 'business'),
    taxes: [contained('iss', 'ISS 5 %', 5), perNight('Taxa de turismo', 650)] },
  { code: 'SIN', city: 'Singapore', country: 'SG', timeZone: 'Asia/Singapore', currency: 'SGD', minorPerEuro: 150, euros: 175, demand: north(260, 0.08, 'business'),
    taxes: [contained('gst', 'GST 9 %', 9)] },
  { code: 'APW', city: 'Apia', country: 'WS', timeZone: 'Pacific/Apia', currency: 'WST', minorPerEuro: 310, euros: 85, demand: north(200, 0.2, 'leisure'),
    taxes: [contained('vagst', 'VAGST 15 %', 15)] },
];
