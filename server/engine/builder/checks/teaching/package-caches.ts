import type { RunInstruction } from "../../dockerfile/ast.ts";
import { endOf, type Finding, isPlainShell, runsOf, scriptOf, type TeachingCheck } from "./finding.ts";

interface Manager {
  name: string;
  /** a command that fills the cache */
  fills: RegExp;
  /** what shows that nothing is left */
  cleans: RegExp;
  /** a cache mount there keeps it out of the layer */
  directory: string;
  /** what to do about it */
  advice: string;
  /** what to add behind the command, where that is always right */
  clean?: string;
}

const managers: readonly Manager[] = [
  {
    name: "apt",
    fills: /\bapt(-get)?\s+(-\S+\s+)*install\b/,
    cleans: /\brm\s[^;&|]*\/var\/lib\/apt\/lists/,
    directory: "/var/lib/apt",
    advice: "add && rm -rf /var/lib/apt/lists/*",
    clean: "rm -rf /var/lib/apt/lists/*",
  },
  {
    name: "apk",
    fills: /\bapk\s+(-\S+\s+)*(add|update)\b/,
    cleans: /--no-cache|\brm\s[^;&|]*\/var\/cache\/apk/,
    directory: "/var/cache/apk",
    advice: "write apk add --no-cache",
    clean: "rm -rf /var/cache/apk/*",
  },
  ...["dnf", "microdnf", "yum"].map((name) => ({
    name,
    fills: new RegExp(String.raw`(?:^|[\s;&|])${name}\s+(-\S+\s+)*install\b`),
    cleans: new RegExp(String.raw`\b${name}\s+(-\S+\s+)*clean\s+all|\brm\s[^;&|]*/var/cache/(dnf|yum)`),
    directory: "/var/cache/",
    advice: `add && ${name} clean all`,
    clean: `${name} clean all`,
  })),
  {
    name: "pip",
    fills: /\bpip3?\s+install\b/,
    cleans: /--no-cache-dir|PIP_NO_CACHE_DIR|\bpip3?\s+cache\s+purge/,
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
    return runsOf(stage).flatMap((run): Finding[] => {
      const script = scriptOf(run);
      const found = managers
        .filter(({ fills, cleans, directory }) => {
          return fills.test(script) && !cleans.test(script) && !hasCacheMount(run, directory);
        })
        .filter(({ name }) => name !== "pip" || !pipKeepsNone)
        .map((manager) => cacheLeft(manager, run, runsOf(stage)));
      return [...found, ...updateAlone(run, script)];
    });
  });

function cacheLeft(manager: Manager, run: RunInstruction, runs: readonly RunInstruction[]): Finding {
  // a later step may live on the lists of this one
  const needed = runs.some((later) => {
    const script = scriptOf(later);
    return later.range.startLine > run.range.startLine && manager.fills.test(script) && !/\bupdate\b/.test(script);
  });
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
  if (
    !/\bapt(-get)?\s+(-\S+\s+)*update\b/.test(script) ||
    /\b(install|upgrade|dist-upgrade|build-dep)\b/.test(script)
  ) {
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
