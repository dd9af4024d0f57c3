export * from './errors.ts';
export * from './quantity.ts';
export * from './hpa/autoscaler.ts';
export * from './hpa/conditions.ts';
export * from './hpa/metric.ts';
export * from './hpa/state.ts';
export * from './hpa/usage.ts';
