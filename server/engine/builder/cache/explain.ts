import type { CacheReason } from "../../../contract/build-events.ts";
import { type StepRecord, writtenInstruction } from "./step-records.ts";

/** The record of the last build that `step` is to be compared with: the same instruction, else the same place. */
export function counterpart(step: StepRecord, previous: readonly StepRecord[]): StepRecord | undefined {
  const stage = previous.filter((candidate) => candidate.stage === step.stage);
  const same = stage.filter((candidate) => candidate.facts["instruction"] === step.facts["instruction"]);
  const nearest = same.toSorted((a, b) => Math.abs(a.index - step.index) - Math.abs(b.index - step.index))[0];
  return nearest ?? stage.find((candidate) => candidate.index === step.index);
}

/** Why a step that was not in the cache had to run, compared with the last build's. */
export function explainMiss(step: StepRecord, before: StepRecord | undefined): CacheReason {
  if (before === undefined) {
    return { kind: "first-build", detail: "This step has not been built here before." };
  }
  return (
    explainFacts(step, before) ??
    explainFiles(step, before) ??
    explainParent(step, before) ?? {
      kind: "first-build",
      detail: "It was built before, but its result is no longer in the cache.",
    }
  );
}

function explainFacts(step: StepRecord, before: StepRecord): CacheReason | undefined {
  if (step.facts["base"] !== before.facts["base"]) {
    return { kind: "base-changed", detail: "The base image is not the one that the last build had." };
  }
  if (step.facts["instruction"] !== before.facts["instruction"]) {
    const was = shorten(writtenInstruction(before) ?? "");
    return { kind: "instruction-changed", detail: `The instruction was changed. In the last build it was: ${was}` };
  }
  if (step.facts["env"] !== before.facts["env"]) {
    return { kind: "arg-changed", detail: changedVariables(step.facts["env"] ?? "", before.facts["env"] ?? "") };
  }
  for (const [name, what] of [
    ["cwd", "The working directory (WORKDIR)"],
    ["user", "The user (USER)"],
    ["mounts", "A mount"],
    ["network", "The network"],
    ["hostname", "The host name"],
  ] as const) {
    if (step.facts[name] !== before.facts[name]) {
      return { kind: "instruction-changed", detail: `${what} is not what it was in the last build.` };
    }
  }
  return undefined;
}

function changedVariables(now: string, before: string): string {
  const old = variables(before);
  const current = variables(now);
  const changed = [...current].filter(([name, value]) => old.get(name) !== value).map(([name]) => name);
  const gone = [...old.keys()].filter((name) => !current.has(name));
  const names = [...changed, ...gone];
  const list = listed(names);
  return names.length === 1
    ? `The value of the variable ${list} changed since the last build.`
    : `The values of the variables ${list} changed since the last build.`;
}

function variables(json: string): Map<string, string> {
  const entries = json === "" ? [] : (JSON.parse(json) as string[]);
  return new Map(entries.map((entry) => [entry.slice(0, entry.indexOf("=")), entry]));
}

function explainFiles(step: StepRecord, before: StepRecord): CacheReason | undefined {
  for (const [index, { content, files }] of step.inputs.entries()) {
    const old = before.inputs[index];
    if (content === undefined || old?.content === undefined || content === old.content) {
      continue;
    }
    const changes = files !== undefined && old.files !== undefined ? changedFiles(files, old.files) : [];
    const detail =
      changes.length === 0 ? "Files that it copies have changed." : `Since the last build: ${listed(changes)}.`;
    return { kind: "files-changed", detail };
  }
  return undefined;
}

function changedFiles(now: Readonly<Record<string, string>>, before: Readonly<Record<string, string>>): string[] {
  const changed = Object.keys(now).filter((name) => Object.hasOwn(before, name) && before[name] !== now[name]);
  const added = Object.keys(now).filter((name) => !Object.hasOwn(before, name));
  const removed = Object.keys(before).filter((name) => !Object.hasOwn(now, name));
  const shown = (name: string): string => (name === "" ? "the directory itself" : name);
  return [
    ...changed.map((name) => `${shown(name)} changed`),
    ...added.map((name) => `${shown(name)} was added`),
    ...removed.map((name) => `${shown(name)} was removed`),
  ];
}

function explainParent(step: StepRecord, before: StepRecord): CacheReason | undefined {
  const changed = step.inputs.some(
    ({ id, content }, index) => content === undefined && before.inputs[index]?.id !== id,
  );
  return changed
    ? { kind: "parent-changed", detail: "A step before it ran again, so what it builds on may be different." }
    : undefined;
}

function listed(items: readonly string[]): string {
  const shown = items.slice(0, 3).join(", ");
  return items.length > 3 ? `${shown} and ${items.length - 3} more` : shown;
}

function shorten(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
