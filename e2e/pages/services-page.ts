import type { Locator, Page } from '@playwright/test';

/** One service's row. */
export class ServiceRow {
  readonly root: Locator;

  constructor(page: Page, name: string) {
    this.root = page.getByTestId(`service-${name}`);
  }

  get state(): Locator {
    return this.root.getByTestId('state');
  }

  /** Pods that run now. */
  get current(): Locator {
    return this.root.getByTestId('current');
  }

  slider(thumb: 'min' | 'max'): Locator {
    return this.root.getByTestId(`slider-${thumb}`);
  }

  field(name: 'min' | 'max'): Locator {
    return this.root.getByTestId(`field-${name}`);
  }

  problem(name: 'min' | 'max'): Locator {
    return this.root.getByTestId(`problem-${name}`);
  }
}

/** The tray with the changes that are not applied, and with what was applied last. */
export class ChangeTray {
  readonly root: Locator;

  constructor(page: Page) {
    this.root = page.getByTestId('tray');
  }

  draft(name: string): Locator {
    return this.root.getByTestId(`draft-${name}`);
  }

  applied(name: string): Locator {
    return this.root.getByTestId(`applied-${name}`);
  }

  get apply(): Locator {
    return this.root.getByTestId('apply');
  }

  get undo(): Locator {
    return this.root.getByTestId('undo');
  }

  get discard(): Locator {
    return this.root.getByTestId('discard');
  }
}

/** The scaling page in Cluster Explorer. */
export class ServicesPage {
  readonly page: Page;
  readonly tray: ChangeTray;

  constructor(page: Page) {
    this.page = page;
    this.tray = new ChangeTray(page);
  }

  async open(): Promise<void> {
    await this.page.goto('/dashboard/c/local/explorer/tartware-services');
    await this.row('api-gateway').root.waitFor({ timeout: 45_000 });
  }

  row(name: string): ServiceRow {
    return new ServiceRow(this.page, name);
  }

  get rows(): Locator {
    return this.page.locator('tr[data-testid^="service-"]');
  }
}
