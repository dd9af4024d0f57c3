/** The platform's published sizing, as the mission gives it: pods from-to, CPU in cores and memory in Gi, each request-limit. */
export const sizing = {
  'api-gateway': { pods: [12, 150], cpu: [1, 3.5], memory: [1, 4] },
  core: { pods: [8, 80], cpu: [0.75, 2.5], memory: [1.5, 5] },
  reservations: { pods: [8, 70], cpu: [0.9, 2.5], memory: [1.5, 5] },
  billing: { pods: [5, 45], cpu: [0.5, 2], memory: [0.75, 3] },
  guests: { pods: [5, 45], cpu: [0.5, 2], memory: [0.75, 3] },
  rooms: { pods: [5, 45], cpu: [0.5, 2], memory: [0.75, 3] },
  settings: { pods: [3, 20], cpu: [0.3, 1.2], memory: [0.5, 2] },
  housekeeping: { pods: [4, 30], cpu: [0.4, 1.6], memory: [0.5, 2] },
  'command-center': { pods: [3, 25], cpu: [0.4, 1.6], memory: [0.5, 2] },
} as const;

export const services = Object.keys(sizing) as (keyof typeof sizing)[];

/** Those that keep data: all but the gateway. */
export const domainServices = services.filter((service) => service !== 'api-gateway');

/** Values files by the way they are used together; each is a list of `-f` arguments, relative to the folder of charts. */
export const variants = {
  defaults: [],
  live: ['-f', 'tartware/values-sandbox.yaml', '-f', 'tartware/values-sandbox-live.yaml'],
  scale: ['-f', 'tartware/values-sandbox.yaml', '-f', 'tartware/values-sandbox-scale.yaml'],
} as const;

export const variantNames = Object.keys(variants) as (keyof typeof variants)[];
