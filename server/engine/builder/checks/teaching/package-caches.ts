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
  /** what to add behind the command */
  clean: string;
}

const managers: readonly Manager[] = [
  {
    name: "apt",
    fills: /\bapt(-get)?\s+(-\S+\s+)*(update|install)\b/,
    cleans: /\brm\s[^;&|]*\/var\/lib\/apt\/lists/,
    directory: "/var/lib/apt",
    clean: "rm -rf /var/lib/apt/lists/*",
  },
  {
    name: "apk",
    fills: /\bapk\s+(-\S+\s+)*(add|update)\b/,
    cleans: /--no-cache|\brm\s[^;&|]*\/var\/cache\/apk/,
    directory: "/var/cache/apk",
    clean: "rm -rf /var/cache/apk/*",
  },
  {
    name: "dnf",
    fills: /\b(dnf|microdnf|yum)\s+(-\S+\s+)*install\b/,
    cleans: /\b(dnf|microdnf|yum)\s+(-\S+\s+)*clean\s+all|\brm\s[^;&|]*\/var\/cache\/(dnf|yum)/,
    directory: "/var/cache/",
    clean: "dnf clean all",
  },
  {
    name: "pip",
    fills: /\bpip3?\s+install\b/,
    cleans: /--no-cache-dir|PIP_NO_CACHE_DIR|\bpip3?\s+cache\s+purge/,
    directory: "/root/.cache",
    clean: "pip cache purge",
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
        .map((manager) => cacheLeft(manager, run));
      return [...found, ...updateAlone(run, script)];
    });
  });

function cacheLeft(manager: Manager, run: RunInstruction): Finding {
  return {
    rule: "PackageCacheLeft",
    message: `What ${manager.name} has downloaded stays in this layer: add "&& ${manager.clean}" to the same RUN`,
    range: run.range,
    ...(isPlainShell(run)
      ? {
          fix: {
            title: `Add && ${manager.clean}`,
            edits: [{ range: endOf(run), text: ` && ${manager.clean}` }],
          },
        }
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
