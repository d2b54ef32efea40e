import { readFileSync, statSync } from "node:fs";
import { isIP } from "node:net";

export interface ResolverSettings {
  servers: string[];
  search: string[];
  options: string[];
  /** the file as it is, where it was read */
  text?: string;
}

/**
 * The host's resolvers (resolv.conf(5)), read again when the file changes. A loopback server such as
 * systemd-resolved's 127.0.0.53 is fine: queries go out from the host's network namespace.
 */
export class HostResolvers {
  readonly #path: string;
  #overrides: Partial<ResolverSettings>;
  #changed = Number.NaN;
  #settings: ResolverSettings = { servers: [], search: [], options: [] };

  /** @param overrides what the operator set in place of the file's */
  constructor(path = "/etc/resolv.conf", overrides: Partial<ResolverSettings> = {}) {
    this.#path = path;
    this.#overrides = overrides;
  }

  /** From now on. */
  override(overrides: Partial<ResolverSettings>): void {
    this.#overrides = overrides;
  }

  get(): ResolverSettings {
    const own = this.#file();
    if (Object.keys(this.#overrides).length === 0) {
      return own;
    }
    const { servers, search, options } = { ...own, ...this.#overrides };
    return { servers, search, options };
  }

  #file(): ResolverSettings {
    const changed = statSync(this.#path, { throwIfNoEntry: false })?.mtimeMs;
    if (changed === undefined) {
      return { servers: [], search: [], options: [] };
    }
    if (changed !== this.#changed) {
      const text = readFileSync(this.#path, "utf8");
      this.#settings = { ...parseResolvConf(text), text };
      this.#changed = changed;
    }
    return this.#settings;
  }
}

/** Servers that are no addresses are left out. */
export function parseResolvConf(text: string): ResolverSettings {
  const settings: ResolverSettings = { servers: [], search: [], options: [] };
  for (const line of text.split("\n")) {
    const [keyword, ...values] = line
      .replace(/[#;].*$/, "")
      .trim()
      .split(/\s+/);
    switch (keyword) {
      case "nameserver":
        settings.servers.push(...values.slice(0, 1).filter((value) => isIP(value.replace(/%.*$/, "")) !== 0));
        break;
      case "domain":
      case "search":
        settings.search = values;
        break;
      case "options":
        settings.options.push(...values);
        break;
      default:
    }
  }
  return settings;
}
