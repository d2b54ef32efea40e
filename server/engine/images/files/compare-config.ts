import type { ImageComparison } from "../../../contract/image-files.ts";
import type { ImageConfig } from "../../oci/types.ts";
import { healthcheckText, instructionText } from "./history-instruction.ts";

/** Instructions of one image that are compared. */
const most = 500;

/** What differs in how containers of the images start: each variable, label and port by itself. */
export function compareConfigs(before: ImageConfig, after: ImageConfig): ImageComparison["config"] {
  const old = settingsOf(before);
  const now = settingsOf(after);
  const names = [...new Set([...old.keys(), ...now.keys()])];
  return names.flatMap((name) => {
    const was = old.get(name);
    const is = now.get(name);
    if (was === is) return [];
    return [{ name, ...(was === undefined ? {} : { before: was }), ...(is === undefined ? {} : { after: is }) }];
  });
}

function settingsOf({ config = {}, architecture, os }: ImageConfig): Map<string, string> {
  const settings = new Map<string, string>();
  const set = (name: string, value: unknown): void => {
    if (value === undefined || value === null || value === "") return;
    settings.set(name, typeof value === "string" ? value : JSON.stringify(value));
  };
  set("platform", `${os}/${architecture}`);
  set("USER", config.User);
  set("WORKDIR", config.WorkingDir);
  set("ENTRYPOINT", config.Entrypoint);
  set("CMD", config.Cmd);
  for (const entry of config.Env ?? []) {
    const equals = entry.indexOf("=");
    set(`ENV ${entry.slice(0, equals)}`, entry.slice(equals + 1));
  }
  for (const port of Object.keys(config.ExposedPorts ?? {})) set(`EXPOSE ${port}`, "yes");
  for (const volume of Object.keys(config.Volumes ?? {})) set(`VOLUME ${volume}`, "yes");
  for (const [name, value] of Object.entries(config.Labels ?? {})) set(`LABEL ${name}`, value);
  set("STOPSIGNAL", config.StopSignal);
  set("SHELL", config.Shell);
  set("HEALTHCHECK", config.Healthcheck && healthcheckText(config.Healthcheck).replace("HEALTHCHECK ", ""));
  set("ONBUILD", config.OnBuild?.length === 0 ? undefined : config.OnBuild);
  return settings;
}

/** The longest common subsequence of both histories, with what only one of them has where it stands. */
export function compareInstructions(before: ImageConfig, after: ImageConfig): ImageComparison["instructions"] {
  const old = textsOf(before);
  const now = textsOf(after);
  // common[i][j]: how many are common to the ends from i and j on.
  const common = Array.from({ length: old.length + 1 }, () => new Uint16Array(now.length + 1));
  const at = (i: number, j: number): number => common[i]?.[j] ?? 0;
  for (let i = old.length - 1; i >= 0; i--) {
    for (let j = now.length - 1; j >= 0; j--) {
      const row = common[i];
      if (row !== undefined) row[j] = old[i] === now[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const result: ImageComparison["instructions"] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < now.length) {
    const [left, right] = [old[i], now[j]];
    if (left !== undefined && left === right) {
      result.push({ text: left, in: "both" });
      i++;
      j++;
    } else if (right === undefined || (left !== undefined && at(i + 1, j) >= at(i, j + 1))) {
      result.push({ text: left ?? "", in: "before" });
      i++;
    } else {
      result.push({ text: right, in: "after" });
      j++;
    }
  }
  return result;
}

function textsOf({ history = [] }: ImageConfig): string[] {
  return history.slice(-most).map(({ created_by: text = "" }) => instructionText(text));
}
