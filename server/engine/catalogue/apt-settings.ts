import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { FailedPrecondition } from "../errdefs/errors.ts";
import { runCommand } from "./run-command.ts";

const aptDirectory = "/etc/apt";

interface Source {
  uri: string;
  suite: string;
  components: string[];
  signedBy: string | undefined;
}

/**
 * The machine's sources of its own distribution, as one-line entries: its mirrors stay, other vendors' packages do not
 * come along, nor do sources that want a subscription.
 * @throws FailedPrecondition if there are none
 */
export async function distributionSources(distribution: string, codename: string): Promise<string[]> {
  const parts: string[] = await readdir(join(aptDirectory, "sources.list.d")).catch(() => []);
  const files = ["sources.list", ...parts.map((name) => join("sources.list.d", name))];
  const sources: Source[] = [];
  for (const file of files) {
    const text = await readFile(join(aptDirectory, file), "utf8").catch(() => "");
    if (file.endsWith(".sources")) {
      sources.push(...parseDeb822(text));
    } else if (file.endsWith(".list")) {
      sources.push(...parseOneLine(text));
    }
  }
  const lines = sources
    .filter(({ suite, signedBy }) => isOwnSuite(suite, codename) && isOwnKey(signedBy, distribution))
    .map(({ uri, suite, components, signedBy }) => {
      const option = signedBy === undefined ? "" : `[signed-by=${signedBy}] `;
      return `deb ${option}${uri} ${suite} ${components.join(" ")}`;
    });
  if (lines.length === 0) {
    throw new FailedPrecondition(`no package source of ${codename} is set up on this machine: see ${aptDirectory}`);
  }
  return [...new Set(lines)];
}

/** Settings of apt-config(8) that say how packages are fetched. Credentials in auth.conf.d stay where they are. */
export async function aptSettings(): Promise<string[]> {
  const dump = await runCommand("apt-config", ["dump"], {});
  return dump
    .split("\n")
    .filter((line) =>
      /^Acquire::(Check-Valid-Until|Check-Date|Retries|ForceIPv[46]|https?::(.*::)?Proxy)\b[^"]* ".+";$/i.test(line),
    );
}

/** sources.list(5), one-line style */
export function parseOneLine(text: string): Source[] {
  return text.split("\n").flatMap((line) => {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s+([^#]*)/.exec(line);
    if (match === null) {
      return [];
    }
    const [, options = "", uri = "", suite = "", components = ""] = match;
    const signedBy = /(?:^|\s)signed-by=(\S+)/i.exec(options)?.[1];
    return [{ uri, suite, components: components.trim().split(/\s+/), signedBy }];
  });
}

/** sources.list(5), deb822 style. A key given in place rather than as a file is not taken along. */
export function parseDeb822(text: string): Source[] {
  return text.split(/\n\s*\n/).flatMap((stanza) => {
    const fields = new Map<string, string>();
    let last = "";
    for (const line of stanza.split("\n").filter((line) => !line.startsWith("#"))) {
      const match = /^([A-Za-z-]+):\s*(.*)$/.exec(line);
      if (match?.[1] !== undefined) {
        last = match[1].toLowerCase();
        fields.set(last, match[2] ?? "");
      } else if (/^\s/.test(line)) {
        fields.set(last, `${fields.get(last) ?? ""} ${line.trim()}`);
      }
    }
    const words = (name: string) => (fields.get(name) ?? "").split(/\s+/).filter((word) => word !== "");
    if (!words("types").includes("deb") || /^(no|false|0)$/i.test(fields.get("enabled") ?? "")) {
      return [];
    }
    const signedBy = fields.get("signed-by")?.trim();
    return words("uris").flatMap((uri) =>
      words("suites").map((suite) => ({ uri, suite, components: words("components"), signedBy })),
    );
  });
}

function isOwnSuite(suite: string, codename: string): boolean {
  return suite === codename || new RegExp(`^${codename}[-/](updates|security)$`).test(suite);
}

function isOwnKey(signedBy: string | undefined, distribution: string): boolean {
  return (
    signedBy === undefined ||
    (signedBy.startsWith("/usr/share/keyrings/") && signedBy.includes(`${distribution}-archive-`))
  );
}
