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
  #changed = Number.NaN;
  #settings: ResolverSettings = { servers: [], search: [], options: [] };

  constructor(path = "/etc/resolv.conf") {
    this.#path = path;
  }

  get(): ResolverSettings {
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
