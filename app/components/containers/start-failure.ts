import type { ContainerView } from "#contract/playground-api.ts";

/** Why a program was not started. `command`: it, its file or its directory, as it was asked for; or the port that is taken. */
export interface StartFailure {
  kind: "notFound" | "noFile" | "noShell" | "oneWord" | "notExecutable" | "otherMachine" | "noDirectory" | "portTaken";
  command: string;
}

/** dockerd's words for it (with runc, see engine/runtime/runtime-errors.ts): the first that fits. */
const words: readonly { kind: StartFailure["kind"]; pattern: RegExp }[] = [
  { kind: "notFound", pattern: /exec: (".*"): executable file not found in \$PATH/ },
  { kind: "noFile", pattern: /exec: (".*"): stat .*: no such file or directory/ },
  { kind: "notExecutable", pattern: /exec: (".*"): (?:permission denied|is a directory)/ },
  { kind: "otherMachine", pattern: /exec (.*): exec format error/ },
  { kind: "noDirectory", pattern: /chdir to cwd \((".*")\) set in config\.json failed/ },
  { kind: "portTaken", pattern: /Bind for \S+:(\d+) failed: port is already allocated/ },
  { kind: "portTaken", pattern: /listen \S+ \S+:(\d+): bind: address already in use/ },
];

/** What a learner can mend, found in what dockerd says of a start that failed; undefined: something else. */
export function startFailureOf(text: string): StartFailure | undefined {
  for (const { kind, pattern } of words) {
    const quoted = pattern.exec(text)?.[1];
    if (quoted === undefined) continue;
    const command = unquote(quoted);
    if (kind === "notFound" || kind === "noFile") {
      if (/^(\/usr)?(\/bin\/)?(sh|bash|ash)$/.test(command)) return { kind: "noShell", command };
      if (/\s/.test(command.trim())) return { kind: "oneWord", command };
    }
    return { kind, command };
  }
  return undefined;
}

/** The container that has a port of the workstation now; none: a program in the workstation, or it is free again. */
export function holderOf(port: string, containers: readonly ContainerView[]): ContainerView | undefined {
  return containers.find(({ published }) => published.some((each) => String(each.port) === port));
}

function unquote(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "string" ? value : text;
  } catch {
    return text;
  }
}
