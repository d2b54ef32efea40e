import { ResourceExhausted } from "../errdefs/errors.ts";
import type { Tenant } from "../tenants/tenant.ts";
import type { Container } from "./container.ts";

/** How many ports are published by those that run. */
export function publishedPorts(containers: readonly Pick<Container, "pid" | "ports">[]): number {
  return containers.reduce((sum, { pid, ports }) => sum + (pid === 0 ? 0 : ports.length), 0);
}

/**
 * Each published port is a rule of the firewall's and a port of the machine's, which others need, too.
 * @param asked how many are to be published
 * @param used how many are
 * @throws ResourceExhausted
 */
export function checkPorts({ limits: { ports: most } }: Pick<Tenant, "limits">, asked: number, used: number): void {
  if (most === undefined || asked === 0 || asked + used <= most) return;
  const others = used === 0 ? "" : `, and ${used} are published already`;
  throw new ResourceExhausted(
    `${asked} ports are to be published${others}: the limit is ${most} of all containers that run; publish fewer, or stop what does not need them`,
  );
}
