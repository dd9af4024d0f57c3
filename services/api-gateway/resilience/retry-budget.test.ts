import { expect, it } from 'vitest';
import { RetryBudget } from './retry-budget.ts';

it('retries at most a tenth of many requests, and ten at the start', () => {
  const budget = new RetryBudget();
  let retries = 0;
  for (let request = 0; request < 10_000; request++) {
    budget.deposit();
    retries += Number(budget.withdraw());
  }
  expect(retries).toBeLessThanOrEqual(10 + 1_000);
  expect(retries).toBeGreaterThan(990);
});

it('does not save up more than its reserve', () => {
  const budget = new RetryBudget();
  for (let request = 0; request < 10_000; request++) {
    budget.deposit();
  }
  const granted = Array.from({ length: 20 }, () => budget.withdraw()).filter(Boolean);
  expect(granted).toHaveLength(10);
});
