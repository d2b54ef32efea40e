import { isIP } from "node:net";
import { InvalidArgument, isEngineError, messageOf, Unknown } from "../errdefs/errors.ts";
import type { PortBinding } from "./network-service.ts";
import { holdPort } from "./port-holder.ts";

/** Where host ports nobody named come from: the kernel's default ephemeral range, as with Docker. */
const ephemeral = { first: 32_768, last: 60_999 };

interface Held {
  binding: PortBinding;
  close: () => void;
}

/** A sandbox's addresses; empty: none of that family. */
export interface PortTarget {
  ipv4: string;
  ipv6: string;
}

/**
 * The host's ports that containers are published on, each held by a socket (`port-holder.ts`).
 *
 * A binding without a host address is published on all addresses of both families, on one number.
 */
export class PortReservations {
  readonly #hold: typeof holdPort;
  /** nothing takes connections before the held sockets do */
  readonly #passAll: boolean;
  readonly #held = new Map<string, Held[]>();
  readonly #targets = new Map<string, PortTarget>();
  #next = ephemeral.first;

  /** @param inside where ports are held that are not the machine's */
  constructor(inside?: { hold: typeof holdPort }) {
    this.#hold = inside?.hold ?? holdPort;
    this.#passAll = inside !== undefined;
  }

  /**
   * Holds all of `bindings` for `owner`, or none.
   *
   * @param endpoint the endpoint's name in messages
   * @returns them with every host port and address chosen
   * @throws Unknown naming the port that is taken, InvalidArgument
   */
  async reserve(owner: string, endpoint: string, bindings: readonly PortBinding[]): Promise<PortBinding[]> {
    const held: Held[] = [];
    try {
      // Those that are free to choose from come last, or they take what another one has to have.
      for (const binding of bindings.toSorted((a, b) => Number(a.hostPort === 0) - Number(b.hostPort === 0))) {
        check(binding);
        held.push(...(await this.#holdOneOf(owner, binding, held)));
      }
    } catch (cause) {
      held.forEach(({ close }) => close());
      if (isEngineError(cause, "unknown")) {
        throw new Unknown(`driver failed programming external connectivity on endpoint ${endpoint}: ${cause.message}`, {
          cause,
        });
      }
      throw cause;
    }
    this.#held.set(owner, [...(this.#held.get(owner) ?? []), ...held]);
    // As dockerd tells of them: IPv4 first.
    const isV6 = ({ hostAddress }: PortBinding) => Number(hostAddress.includes(":"));
    return held.map(({ binding }) => binding).toSorted((a, b) => isV6(a) - isV6(b));
  }

  /** Where connections that the firewall leaves to the held sockets go. */
  aim(owner: string, target: PortTarget | undefined): void {
    if (target === undefined) {
      this.#targets.delete(owner);
    } else {
      this.#targets.set(owner, target);
    }
  }

  /** Idempotent. */
  release(owner: string): void {
    for (const { close } of this.#held.get(owner) ?? []) {
      close();
    }
    this.#held.delete(owner);
    this.#targets.delete(owner);
  }

  releaseAll(): void {
    for (const owner of this.#held.keys()) {
      this.release(owner);
    }
  }

  async #holdOneOf(
    owner: string,
    { protocol, containerPort, hostAddress, hostPort, lastHostPort }: PortBinding,
    mine: readonly Held[],
  ): Promise<Held[]> {
    const binding = { protocol, containerPort, hostAddress };
    const count = hostPort === 0 ? ephemeral.last - ephemeral.first + 1 : (lastHostPort ?? hostPort) - hostPort + 1;
    for (let tries = 1; ; tries++) {
      const port = hostPort === 0 ? this.#nextEphemeral() : hostPort + tries - 1;
      try {
        return await this.#holdEverywhere(owner, { ...binding, hostPort: port }, mine);
      } catch (error) {
        if (!(error instanceof PortTaken) || count === 1) {
          throw error;
        }
        if (tries >= count) {
          throw new PortTaken("all ports are allocated", { cause: error });
        }
      }
    }
  }

  #nextEphemeral(): number {
    const port = this.#next;
    this.#next = port === ephemeral.last ? ephemeral.first : port + 1;
    return port;
  }

  async #holdEverywhere(owner: string, binding: PortBinding, mine: readonly Held[]): Promise<Held[]> {
    if (binding.hostAddress !== "") {
      return [await this.#holdAt(owner, binding, mine)];
    }
    const first = await this.#holdAt(owner, { ...binding, hostAddress: "0.0.0.0" }, mine);
    try {
      return [first, await this.#holdAt(owner, { ...binding, hostAddress: "::" }, mine)];
    } catch (error) {
      if (error instanceof NoIPv6) {
        return [first];
      }
      first.close();
      throw error;
    }
  }

  async #holdAt(owner: string, binding: PortBinding, mine: readonly Held[]): Promise<Held> {
    const { hostAddress, hostPort, protocol } = binding;
    const others = [...this.#held.values(), mine].flat();
    if (
      others.some(
        ({ binding: other }) =>
          other.hostAddress === hostAddress && other.hostPort === hostPort && other.protocol === protocol,
      )
    ) {
      throw new PortTaken(`Bind for ${hostAddress}:${hostPort} failed: port is already allocated`);
    }
    try {
      return { binding, close: await this.#hold(binding, () => this.#target(owner, binding)) };
    } catch (cause) {
      if (isEngineError(cause)) {
        throw cause;
      }
      throw proxyError(binding, cause);
    }
  }

  #target(owner: string, { hostAddress, containerPort }: PortBinding): { address: string; port: number } | undefined {
    const target = this.#targets.get(owner);
    // Over IPv4 the firewall takes everything: what arrives here has come past its rules.
    if (target === undefined || !(this.#passAll || hostAddress.includes(":"))) {
      return undefined;
    }
    const address = target.ipv6 === "" || this.#passAll ? target.ipv4 : target.ipv6;
    return address === "" ? undefined : { address, port: containerPort };
  }
}

/** Another port may be free. */
class PortTaken extends Unknown {}
/** This machine has no IPv6. */
class NoIPv6 extends Unknown {}

/** In the words of Go, which dockerd passes on. */
function proxyError({ protocol, hostAddress, hostPort }: PortBinding, cause: unknown): Unknown {
  const { code } = cause as NodeJS.ErrnoException;
  const v6 = hostAddress.includes(":");
  const where = `Error starting userland proxy: listen ${protocol}${v6 ? "6" : "4"} ${v6 ? `[${hostAddress}]` : hostAddress}:${hostPort}: bind`;
  switch (code) {
    case "EADDRINUSE":
      return new PortTaken(`${where}: address already in use`, { cause });
    case "EADDRNOTAVAIL":
      return v6 && hostAddress === "::"
        ? new NoIPv6(`${where}: cannot assign requested address`, { cause })
        : new Unknown(`${where}: cannot assign requested address`, { cause });
    case "EAFNOSUPPORT":
      return new NoIPv6(`${where}: address family not supported by protocol`, { cause });
    default:
      return new Unknown(`${where}: ${messageOf(cause)}`, { cause });
  }
}

function check(binding: PortBinding): void {
  const ports = [binding.hostPort, binding.lastHostPort ?? 0, binding.containerPort];
  if (!ports.every((port) => Number.isInteger(port) && port >= 0 && port <= 65_535) || binding.containerPort === 0) {
    throw new InvalidArgument(`invalid port ${binding.hostPort}:${binding.containerPort}: ports go from 1 to 65535`);
  }
  if (binding.hostAddress !== "" && isIP(binding.hostAddress) === 0) {
    throw new InvalidArgument(`invalid host address ${binding.hostAddress} for a port`);
  }
}
