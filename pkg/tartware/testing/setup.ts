import { vi } from 'vitest';

// jsdom lays nothing out, and so has no observer of sizes.
vi.stubGlobal('ResizeObserver', class {
  observe(): void { /* nothing changes its size here */ }
  disconnect(): void { /* nothing to end */ }
});
