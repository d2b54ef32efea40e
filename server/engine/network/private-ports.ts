import { messageOf } from "../errdefs/errors.ts";
import { isErrno } from "./netlink/kernel-error.ts";
import type { Netns } from "./netlink/netns.ts";
import type { PortBinding } from "./network-service.ts";
import { holdPort, type Target } from "./port-holder.ts";

interface Held {
  binding: PortBinding;
  target: Target;
  /** what lets it go, by door */
  closers: Map<string, () => void>;
}

/**
 * Where the ports of a tenant are published who has none on the machine: in its doors, the containers that have the
 * tenant's own API (its workstation). There `localhost` answers, as it would on a machine of one's own, and what others
 * publish is not in the way.
 */
export class PrivatePorts {
  readonly #doors = new Map<string, Netns>();
  readonly #held = new Set<Held>();
  readonly #warn: (message: string) => void;

  constructor(warn: (message: string) => void) {
    this.#warn = warn;
  }

  /** As `holdPort`. Without a door there is nothing to bind, and no conflict but with the tenant's own. */
  readonly hold = async (binding: PortBinding, target: Target): Promise<() => void> => {
    if (binding.hostAddress.includes(":")) throw noIPv6();
    const held: Held = { binding, target, closers: new Map() };
    const close = () => {
      this.#held.delete(held);
      for (const each of held.closers.values()) each();
    };
    try {
      for (const [id, netns] of this.#doors) held.closers.set(id, await bind(held, netns));
    } catch (error) {
      close();
      throw error;
    }
    this.#held.add(held);
    return close;
  };

  /** What is published already answers there too, but where the container itself has taken the port. */
  async openDoor(id: string, netns: Netns): Promise<void> {
    this.#doors.set(id, netns);
    for (const held of this.#held) {
      try {
        held.closers.set(id, await bind(held, netns));
      } catch (error) {
        this.#warn(`port ${held.binding.hostPort} cannot be had in ${id.slice(0, 12)}: ${messageOf(error)}`);
      }
    }
  }

  /** Idempotent. */
  closeDoor(id: string): void {
    this.#doors.delete(id);
    for (const { closers } of this.#held) {
      closers.get(id)?.();
      closers.delete(id);
    }
  }
}

async function bind({ binding, target }: Held, netns: Netns): Promise<() => void> {
  try {
    return await holdPort(binding, target, netns);
  } catch (cause) {
    // As Node's own sockets tell, for one place that words them.
    for (const code of ["EADDRINUSE", "EADDRNOTAVAIL"] as const) {
      if (isErrno(cause, code)) throw Object.assign(new Error(cause.message, { cause }), { code });
    }
    throw cause;
  }
}

function noIPv6(): NodeJS.ErrnoException {
  return Object.assign(new Error("published ports of a tenant are IPv4's"), { code: "EAFNOSUPPORT" });
}
