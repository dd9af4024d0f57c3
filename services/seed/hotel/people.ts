/** Guests: names, addresses and numbers of the countries they come from, by @faker-js/faker. All e-mail addresses end in example.com or the like. */
import { faker as brazilian } from '@faker-js/faker/locale/pt_BR';
import { faker as british } from '@faker-js/faker/locale/en_GB';
import { faker as american } from '@faker-js/faker/locale/en_US';
import { faker as australian } from '@faker-js/faker/locale/en_AU';
import { faker as french } from '@faker-js/faker/locale/fr';
import { faker as german } from '@faker-js/faker/locale/de';
import { faker as italian } from '@faker-js/faker/locale/it';
import { faker as japanese } from '@faker-js/faker/locale/ja';
import { faker as polish } from '@faker-js/faker/locale/pl';
import { faker as portuguese } from '@faker-js/faker/locale/pt_PT';
import { faker as spanish } from '@faker-js/faker/locale/es';
import type { Faker } from '@faker-js/faker';
import type { Guest, Preferences } from '../../guests/model/guest.ts';
import type { Random } from '../random.ts';

interface Origin {
  country: string;
  language: string;
  faker: Faker;
}

const ORIGINS: readonly Origin[] = [
  { country: 'DE', language: 'de', faker: german },
  { country: 'GB', language: 'en-GB', faker: british },
  { country: 'US', language: 'en-US', faker: american },
  { country: 'FR', language: 'fr', faker: french },
  { country: 'IT', language: 'it', faker: italian },
  { country: 'ES', language: 'es', faker: spanish },
  { country: 'PT', language: 'pt-PT', faker: portuguese },
  { country: 'BR', language: 'pt-BR', faker: brazilian },
  { country: 'JP', language: 'ja', faker: japanese },
  { country: 'AU', language: 'en-AU', faker: australian },
  { country: 'PL', language: 'pl', faker: polish },
];
/** Of the guests, those who live in the hotel's country. */
const AT_HOME = 0.45;
const DIETS = ['vegetarian', 'vegan', 'no nuts', 'gluten-free', 'lactose-free'] as const;

export interface People {
  /** @param moment when the profile is made, milliseconds since 1970 */
  make: (moment: number) => Guest;
}

/** Faker keeps its own state: one of these at a time. @param country of the hotel */
export function peopleFor(country: string, random: Random): People {
  const home = ORIGINS.find((origin) => origin.country === country);
  for (const { faker } of ORIGINS) faker.seed(random.bits());
  return {
    make(moment) {
      return makeGuest(home && random.chance(AT_HOME) ? home : random.pick(ORIGINS), moment, random);
    },
  };
}

function makeGuest({ country, language, faker }: Origin, moment: number, random: Random): Guest {
  const made = new Date(moment).toISOString();
  const first_name = faker.person.firstName();
  const last_name = faker.person.lastName();
  return {
    id: random.uuid(moment), status: 'active', merged_into: null, first_name, last_name,
    email: random.chance(0.92) ? faker.internet.exampleEmail({ firstName: first_name, lastName: last_name }).toLowerCase() : null,
    phone: random.chance(0.8) ? faker.phone.number({ style: 'international' }) : null,
    nationality: country, language, birth_date: random.chance(0.4) ? birthDate(random) : null,
    address: random.chance(0.85)
      ? { street: faker.location.streetAddress(), city: faker.location.city(), postal_code: faker.location.zipCode(), country }
      : null,
    vip: random.chance(0.02), notes: '', preferences: random.chance(0.25) ? preferencesOf(random) : {}, version: 1, created_at: made, updated_at: made,
  };
}

function birthDate(random: Random): string {
  return `${random.whole(1945, 2005)}-${String(random.whole(1, 12)).padStart(2, '0')}-${String(random.whole(1, 28)).padStart(2, '0')}`;
}

function preferencesOf(random: Random): Preferences {
  return {
    ...(random.chance(0.5) ? { floor: random.pick(['high', 'low'] as const) } : {}),
    ...(random.chance(0.4) ? { bed: random.pick(['double', 'twin', 'king'] as const) } : {}),
    ...(random.chance(0.4) ? { quiet_room: true } : {}),
    ...(random.chance(0.2) ? { dietary: [random.pick(DIETS)] } : {}),
  };
}
