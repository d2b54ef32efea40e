import { limitText } from "../../contract/size-text.ts";
import { messageOf } from "../errdefs/errors.ts";
import { heldByLocks, lockShares } from "./file-locks.ts";
import { heldBySockets, memoryState, networkOf, type SocketKind } from "./kernel-memory.ts";

/** Between two looks at the machine's memory, ms. */
const tick = 250;
/** Nobody is ended who holds less, bytes: that is what many sockets in honest use have. */
const least = 64 * 2 ** 20;
/** Small pieces take so many times their length in TCP's buffers, of which tables tell the length. */
const mostOverhead = 8;
/** By then the kernel has given back what an ended process held, ms. */
const settled = 1_000;
/** Searching may take a tenth of the time at most while it finds nobody. */
const searchShare = 10;
/** Between two lines for the operator that nobody was found, ms: a small machine may be short all the time. */
const toldAgain = 3_600_000;

/** One container or build step. */
export interface MemoryGroup {
  tenant: string;
  /** its control group */
  path: string;
  /** host pids of its processes */
  pids: readonly number[];
}

/** A group, and what it holds of what no limit counts, or of TCP's buffers. */
export interface Holder {
  group: MemoryGroup;
  bytes: number;
  what: "sockets" | "locks";
}

export interface MemoryGuardOptions {
  /** all that runs for tenants, now */
  groups: () => MemoryGroup[];
  /** Ends all of a group's processes, as the kernel does for want of memory. */
  end: (holder: Holder) => Promise<void>;
  log: (line: string) => void;
  /** bytes of the machine's memory: with less available somebody is looked for (a tenth, 256 MiB to 4 GiB) */
  reserve?: number | undefined;
  /** where /proc is */
  proc?: string;
}

/**
 * Some of the kernel's memory counts for no control group, so that no limit holds it back: what waits in sockets of some
 * kinds, and locks of files. While the machine has enough, that harms nobody. Before it runs out, who holds most of it
 * is ended: otherwise the kernel would choose, and by what is counted.
 */
export class MemoryGuard {
  readonly #options: MemoryGuardOptions;
  readonly #proc: string;
  #timer: NodeJS.Timeout | undefined;
  #busy = false;
  /** no search before, ms since the epoch */
  #next = 0;
  #told = 0;

  constructor(options: MemoryGuardOptions) {
    this.#options = options;
    this.#proc = options.proc ?? "/proc";
  }

  start(): void {
    this.#timer ??= setInterval(() => void this.#tick(), tick).unref();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Ends who holds most, if there is too little left. @returns who that was */
  async look(): Promise<Holder | undefined> {
    const { total, available, tcp } = memoryState(this.#proc);
    const { reserve = Math.min(4 * 2 ** 30, Math.max(256 * 2 ** 20, total / 10)) } = this.#options;
    if (available < reserve) {
      const left = `the machine has ${limitText(available)} of memory left`;
      return this.#endWorst([...(await this.#socketHolders("uncounted")), ...(await this.#lockHolders())], least, left);
    }
    if (tcp.used > tcp.pressure) {
      const left = `TCP has ${limitText(tcp.used)} of buffers, and more than ${limitText(tcp.pressure)} slows it down for all`;
      return this.#endWorst(await this.#socketHolders("tcp"), Math.max(least, tcp.used / mostOverhead), left);
    }
    return undefined;
  }

  async #tick(): Promise<void> {
    if (this.#busy || Date.now() < this.#next) return;
    this.#busy = true;
    const began = Date.now();
    let pause = 0;
    try {
      if (await this.look()) pause = settled;
    } catch (error) {
      this.#options.log(`looking who holds the machine's memory: ${messageOf(error)}`);
    } finally {
      this.#next = Date.now() + Math.max(pause, (Date.now() - began) * searchShare);
      this.#busy = false;
    }
  }

  async #endWorst(holders: readonly Holder[], atLeast: number, left: string): Promise<Holder | undefined> {
    const worst = holders.toSorted((a, b) => b.bytes - a.bytes)[0];
    if (worst === undefined || worst.bytes < atLeast) {
      if (Date.now() - this.#told > toldAgain) {
        this.#told = Date.now();
        this.#options.log(`${left}, and no container is seen to hold much of it in sockets or locks`);
      }
      return undefined;
    }
    const { group, bytes, what } = worst;
    this.#options.log(
      `${left}: ${group.path} of tenant ${group.tenant} is ended, whose ${what} hold ${limitText(bytes)}`,
    );
    await this.#options.end(worst);
    return worst;
  }

  /** Of those that share a network namespace the first one has it all: the others' are the same sockets. */
  async #socketHolders(kind: SocketKind): Promise<Holder[]> {
    const seen = new Set([await networkOf("self", this.#proc)]);
    const holders: Holder[] = [];
    for (const group of this.#options.groups()) {
      const [pid] = group.pids;
      const network = pid === undefined ? undefined : await networkOf(pid, this.#proc);
      if (pid === undefined || network === undefined || seen.has(network)) continue;
      seen.add(network);
      holders.push({ group, bytes: await heldBySockets(pid, kind, this.#proc), what: "sockets" });
    }
    return holders;
  }

  async #lockHolders(): Promise<Holder[]> {
    const all = await heldByLocks(this.#proc);
    if (all < least) return [];
    const groups = this.#options.groups();
    const shares = await lockShares(
      groups.map(({ pids }) => pids),
      this.#proc,
    );
    return groups.map((group, index) => ({ group, bytes: all * (shares[index] ?? 0), what: "locks" }));
  }
}
