import { createSocket } from "node:dgram";
import { createServer, isIPv4 } from "node:net";
import { FailedPrecondition, InvalidArgument, messageOf } from "../errdefs/errors.ts";
import type { PortBinding } from "./network-service.ts";

/** Where host ports nobody named come from: the kernel's default ephemeral range, as with Docker. */
const ephemeral = { first: 32_768, last: 60_999 };

interface Held {
  binding: PortBinding;
  close: () => void;
}

/**
 * The host's ports that containers are published on.
 *
 * Each is held by a socket of `drydockd` bound to it, so that no other program takes it and conflicts show at once.
 * The sockets never see traffic: the firewall sends that to the container, also while `drydockd` is away.
 */
export class PortReservations {
  readonly #held = new Map<string, Held[]>();
  #next = ephemeral.first;

  /**
   * Holds all of `bindings` for `owner`, or none.
   *
   * @param endpoint the endpoint's name in messages
   * @returns them with every host port chosen
   * @throws FailedPrecondition naming the port that is taken, InvalidArgument
   */
  async reserve(owner: string, endpoint: string, bindings: readonly PortBinding[]): Promise<PortBinding[]> {
    const held: Held[] = [];
    try {
      for (const binding of bindings) {
        check(binding);
        held.push(await this.#holdOneOf(binding));
      }
    } catch (cause) {
      for (const { close } of held) {
        close();
      }
      if (cause instanceof PortTaken) {
        throw new FailedPrecondition(
          `driver failed programming external connectivity on endpoint ${endpoint}: ${cause.message}`,
          { cause },
        );
      }
      throw cause;
    }
    this.#held.set(owner, [...(this.#held.get(owner) ?? []), ...held]);
    return held.map(({ binding }) => binding);
  }

  /** Idempotent. */
  release(owner: string): void {
    for (const { close } of this.#held.get(owner) ?? []) {
      close();
    }
    this.#held.delete(owner);
  }

  releaseAll(): void {
    for (const owner of this.#held.keys()) {
      this.release(owner);
    }
  }

  async #holdOneOf({ lastHostPort, ...binding }: PortBinding): Promise<Held> {
    if (binding.hostPort === 0) {
      return this.#holdAny(binding);
    }
    const last = lastHostPort ?? binding.hostPort;
    for (let { hostPort } = binding; ; hostPort++) {
      try {
        return await this.#hold({ ...binding, hostPort });
      } catch (error) {
        if (hostPort >= last || !(error instanceof PortTaken) || error.hopeless) {
          throw error;
        }
      }
    }
  }

  async #holdAny(binding: PortBinding): Promise<Held> {
    let last: unknown;
    for (let tries = 0; tries <= ephemeral.last - ephemeral.first; tries++) {
      const hostPort = this.#next;
      this.#next = hostPort === ephemeral.last ? ephemeral.first : hostPort + 1;
      try {
        return await this.#hold({ ...binding, hostPort });
      } catch (error) {
        last = error;
        if (!(error instanceof PortTaken) || error.hopeless) {
          break;
        }
      }
    }
    throw last;
  }

  async #hold(binding: PortBinding): Promise<Held> {
    try {
      const close = await (binding.protocol === "tcp" ? holdTcp(binding) : holdUdp(binding));
      return { binding, close };
    } catch (cause) {
      throw new PortTaken(binding, cause);
    }
  }
}

class PortTaken extends FailedPrecondition {
  /** another port would not help: the address itself is wrong */
  readonly hopeless: boolean;

  constructor(binding: PortBinding, cause: unknown) {
    const { code } = cause as NodeJS.ErrnoException;
    const why = code === "EADDRINUSE" ? "port is already allocated" : messageOf(cause);
    super(`Bind for ${binding.hostAddress}:${binding.hostPort} failed: ${why}`, { cause });
    this.hopeless = code !== "EADDRINUSE";
  }
}

function check(binding: PortBinding): void {
  const ports = [binding.hostPort, binding.lastHostPort ?? 0, binding.containerPort];
  if (!ports.every((port) => Number.isInteger(port) && port >= 0 && port <= 65_535) || binding.containerPort === 0) {
    throw new InvalidArgument(`invalid port ${binding.hostPort}:${binding.containerPort}: ports go from 1 to 65535`);
  }
  if (!isIPv4(binding.hostAddress)) {
    throw new InvalidArgument(`invalid host address ${binding.hostAddress} for a port: only IPv4 is supported`);
  }
}

function holdTcp(binding: PortBinding): Promise<() => void> {
  return new Promise((resolve, reject) => {
    // nothing should arrive here; what does has come past the firewall's rules and gets no answer
    const server = createServer((connection) => connection.destroy());
    server.once("error", reject);
    server.listen({ host: binding.hostAddress, port: binding.hostPort, exclusive: true }, () => {
      server.off("error", reject);
      server.on("error", () => undefined);
      server.unref();
      resolve(() => server.close());
    });
  });
}

function holdUdp(binding: PortBinding): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const socket = createSocket("udp4");
    socket.once("error", reject);
    socket.bind({ address: binding.hostAddress, port: binding.hostPort, exclusive: true }, () => {
      socket.off("error", reject);
      socket.on("error", () => undefined);
      socket.unref();
      resolve(() => socket.close());
    });
  });
}
