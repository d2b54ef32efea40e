import type { RunInstruction } from "../../dockerfile/ast.ts";
import { endOf, type Finding, isPlainShell, runsOf, scriptOf, type TeachingCheck } from "./finding.ts";

interface Manager {
  name: string;
  /** a command that fills the cache */
  fills: (script: string) => boolean;
  /** what shows that nothing is left */
  cleans: (script: string) => boolean;
  /** a cache mount there keeps it out of the layer */
  directory: string;
  /** what to do about it */
  advice: string;
  /** what to add behind the command, where that is always right */
  clean?: string;
}

/**
 * Whether a program is given a command, behind any options: `apt-get -y install`. Word by word: an expression for the options
 * would try all of them again for each name among them, in a stranger's text by the hundred thousand.
 * @param program the end of a word
 * @param command the beginning of the words behind it
 */
function gives(script: string, program: RegExp, command: RegExp): boolean {
  const words = script.split(/\s+/);
  let isNext = false;
  return words.some((word, index) => {
    if (isNext && command.test(`${word} ${words[index + 1] ?? ""}`)) return true;
    isNext = (isNext && /^-./.test(word)) || program.test(word);
    return false;
  });
}

/** Whether one command removes what is at a path. */
function removes(script: string, paths: readonly string[]): boolean {
  return script.split(/[;&|]/).some((command) => {
    const at = command.search(/\brm\s/);
    return at >= 0 && paths.some((path) => command.includes(path, at));
  });
}

const apt = /\bapt(-get)?$/;

const managers: readonly Manager[] = [
  {
    name: "apt",
    fills: (script) => gives(script, apt, /^install\b/),
    cleans: (script) => removes(script, ["/var/lib/apt/lists"]),
    directory: "/var/lib/apt",
    advice: "add && rm -rf /var/lib/apt/lists/*",
    clean: "rm -rf /var/lib/apt/lists/*",
  },
  {
    name: "apk",
    fills: (script) => gives(script, /\bapk$/, /^(add|update)\b/),
    cleans: (script) => script.includes("--no-cache") || removes(script, ["/var/cache/apk"]),
    directory: "/var/cache/apk",
    advice: "write apk add --no-cache",
    clean: "rm -rf /var/cache/apk/*",
  },
  ...["dnf", "microdnf", "yum"].map((name) => ({
    name,
    fills: (script: string) => gives(script, new RegExp(`(?:^|[;&|])${name}$`), /^install\b/),
    cleans: (script: string) =>
      gives(script, new RegExp(String.raw`\b${name}$`), /^clean all/) ||
      removes(script, ["/var/cache/dnf", "/var/cache/yum"]),
    directory: "/var/cache/",
    advice: `add && ${name} clean all`,
    clean: `${name} clean all`,
  })),
  {
    name: "pip",
    fills: (script) => /\bpip3?\s+install\b/.test(script),
    cleans: (script) => /--no-cache-dir|PIP_NO_CACHE_DIR|\bpip3?\s+cache\s+purge/.test(script),
    directory: "/root/.cache",
    advice: "write pip install --no-cache-dir",
  },
];

function hasCacheMount(run: RunInstruction, directory: string): boolean {
  return run.mounts.some(({ fields }) =>
    fields.some(({ name, value }) => ["target", "dst", "destination"].includes(name) && value?.startsWith(directory)),
  );
}

/** PackageCacheLeft and UpdateWithoutInstall. */
export const packageCaches: TeachingCheck = (stages) =>
  stages.flatMap((stage) => {
    const pipKeepsNone = stage.instructions.some(
      (other) => other.kind === "env" && other.pairs.some(({ name }) => name === "PIP_NO_CACHE_DIR"),
    );
    const runs = runsOf(stage);
    // Looked for once, not for each RUN again.
    const lastNeeds = new Map(managers.map((manager) => [manager, lastNeedOf(manager, runs)]));
    return runs.flatMap((run): Finding[] => {
      const script = scriptOf(run);
      const found = managers
        .filter(({ fills, cleans, directory }) => {
          return fills(script) && !cleans(script) && !hasCacheMount(run, directory);
        })
        .filter(({ name }) => name !== "pip" || !pipKeepsNone)
        .map((manager) => cacheLeft(manager, run, lastNeeds.get(manager) ?? 0));
      return [...found, ...updateAlone(run, script)];
    });
  });

/** The line of the last RUN that may live on what an earlier one has left. */
function lastNeedOf({ fills }: Manager, runs: readonly RunInstruction[]): number {
  const found = runs.findLast((run) => {
    const script = scriptOf(run);
    return fills(script) && !/\bupdate\b/.test(script);
  });
  return found?.range.startLine ?? 0;
}

/** @param lastNeed the line of the last RUN that needs its cache */
function cacheLeft(manager: Manager, run: RunInstruction, lastNeed: number): Finding {
  const needed = lastNeed > run.range.startLine;
  const { clean, name, advice } = manager;
  return {
    rule: "PackageCacheLeft",
    message: `What ${name} has downloaded stays in this layer: ${advice} in the same RUN`,
    range: run.range,
    ...(clean !== undefined && isPlainShell(run) && !(name === "apt" && needed)
      ? { fix: { title: `Add && ${clean}`, edits: [{ range: endOf(run), text: ` && ${clean}` }] } }
      : {}),
  };
}

function updateAlone(run: RunInstruction, script: string): Finding[] {
  if (!gives(script, apt, /^update\b/) || /\b(install|upgrade|dist-upgrade|build-dep)\b/.test(script)) {
    return [];
  }
  return [
    {
      rule: "UpdateWithoutInstall",
      message: "The list of packages is cached with this step and grows stale: update and install in one RUN",
      range: run.range,
    },
  ];
}
