/**
 * Which metric decided last, in the controller's own words, out of the message of the condition ScalingActive:
 * "the HPA was able to successfully calculate a replica count from cpu container resource utilization (percentage of request)".
 * Undefined where the message is another one.
 */
export function winningMetric(message: string): string | undefined {
  return /calculate a replica count from (.+?)(?: \(percentage of request\))?$/.exec(message)?.[1];
}
