import AxeBuilder from '@axe-core/playwright';
import { expect, test as base, type BrowserContext, type Page } from '@playwright/test';
import { stateFolder } from '../../sandbox/paths.ts';
import type { SandboxUser } from '../../sandbox/rancher/users.ts';
import { signIns } from '../../sandbox/sign-ins.ts';
import { Cluster } from './cluster.ts';

export type Role = 'admin' | 'viewer';

/** What went wrong in the browser. Anything here fails the test, unless the test announced it. */
export class Faults {
  readonly #found: string[] = [];
  readonly #allowed: RegExp[] = [];

  /** Announces faults that a test provokes on purpose. */
  allow(pattern: RegExp): void {
    this.#allowed.push(pattern);
  }

  watch(page: Page): void {
    page.on('console', (message) => void (message.type() === 'error' && this.#found.push(`console: ${message.text()} (${message.location().url})`)));
    page.on('pageerror', (error) => void this.#found.push(`page: ${error.stack ?? error.message}`));
    page.on('response', (response) => void (response.status() >= 400 && this.#found.push(`response: ${response.status()} ${response.request().method()} ${response.url()}`)));
    page.on('requestfailed', (request) => {
      const reason = request.failure()?.errorText ?? '';
      // Leaving a page cancels what it asked for.
      if (reason !== 'net::ERR_ABORTED') this.#found.push(`request: ${reason} ${request.method()} ${request.url()}`);
    });
  }

  unexpected(): string[] {
    return this.#found.filter((fault) => !this.#allowed.some((pattern) => pattern.test(fault)));
  }
}

interface Fixtures {
  role: Role;
  cluster: Cluster;
  faults: Faults;
}

/** The sandbox's user of that role, with the password of this sandbox. */
export function userWith(role: Role): SandboxUser {
  const user = signIns(stateFolder).find((candidate) => candidate.role === role);
  if (!user) throw new Error(`the sandbox has no ${role}`);
  return user;
}

async function signIn(context: BrowserContext, role: Role): Promise<void> {
  const user = userWith(role);
  const response = await context.request.post('/v1-public/login', { data: { type: 'localProvider', username: user.username, password: user.password, responseType: 'cookie' } });
  expect(response.ok(), `sign-in as ${role} answers ${response.status()}`).toBe(true);
}

/** A test whose browser is signed in, and which fails on any console error or failed request. */
export const test = base.extend<Fixtures>({
  role: ['admin', { option: true }],
  // eslint-disable-next-line no-empty-pattern -- Playwright reads the names of what a fixture needs from this pattern.
  cluster: async ({}, use) => use(new Cluster()),
  // eslint-disable-next-line no-empty-pattern -- as above
  faults: async ({}, use) => use(new Faults()),
  page: async ({ page, context, role, faults }, use) => {
    await signIn(context, role);
    faults.watch(page);
    await use(page);
    expect(faults.unexpected(), 'console errors and failed requests').toEqual([]);
  },
});

export { expect };

/** Fails on any accessibility violation inside the page's main part; the frame around it is Rancher's. */
export async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).include('main').analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`)).toEqual([]);
}

/** Keeps a picture for the documentation. */
export async function picture(page: Page, name: string): Promise<void> {
  if (!process.env.PICTURES) return;
  await page.screenshot({ path: `docs/pictures/${name}.png` });
}
