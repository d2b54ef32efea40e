import { readFileSync, writeFileSync } from "node:fs";
import { forwardIPv6, stopForwardingIPv6 } from "./ipv6-forwarding.ts";
import { queryNft } from "./nft.ts";
import type { NetworkStore } from "./store.ts";

const ipForward = "/proc/sys/net/ipv4/ip_forward";
const forwardSetting = "ip_forward_was_off";
/** the devices whose accept_ra was changed with it, as JSON; empty: nothing was */
const forward6Setting = "ipv6_forwarding_was_off";

/** Whether the machine forwards packets: turned on for our networks, and written down, so that it can be as it was. */
export class Forwarding {
  readonly #store: Pick<NetworkStore, "setting" | "setSetting">;
  readonly #enabled: boolean;

  /** @param enabled false: it is left as it is */
  constructor(store: Pick<NetworkStore, "setting" | "setSetting">, enabled: boolean) {
    this.#store = store;
    this.#enabled = enabled;
  }

  /** Idempotent. */
  turnOn(): void {
    if (this.#enabled && readFileSync(ipForward, "utf8").trim() === "0") {
      this.#store.setSetting(forwardSetting, "yes");
      writeFileSync(ipForward, "1");
    }
  }

  /** For the first network with IPv6. Idempotent. */
  turnOnIPv6(): void {
    if (!this.#enabled) return;
    const changed = forwardIPv6();
    if (changed !== undefined) this.#store.setSetting(forward6Setting, JSON.stringify(changed));
  }

  /** Off again where it was off before, unless another Drydock on this machine may have come to rely on it. */
  async restore(): Promise<void> {
    const changed6 = this.#store.setting(forward6Setting) ?? "";
    const changed = this.#store.setting(forwardSetting) === "yes";
    if (!changed && changed6 === "") return;
    if (!/^table inet drydock/m.test(await queryNft("list", "tables"))) {
      if (changed) writeFileSync(ipForward, "0");
      if (changed6 !== "") stopForwardingIPv6(JSON.parse(changed6) as string[]);
    }
    this.#store.setSetting(forwardSetting, "no");
    this.#store.setSetting(forward6Setting, "");
  }
}
