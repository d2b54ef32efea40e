import type { BuildRecord, StepRecord } from "#contract/build-record.ts";

/** What would have kept a step in the cache. The texts are in the messages. */
export type Advice =
  | { kind: "ignore"; paths: string[] }
  /** `install` ran again because of this COPY, and needs `manifests` only */
  | { kind: "manifests"; copy: string; install: string; manifests: string }
  | { kind: "above"; copy: string }
  | { kind: "late"; below: number }
  | { kind: "variable"; names: string[] }
  | { kind: "pin" }
  | { kind: "cache" };

/** Files that images hardly ever need. */
const needless =
  /(^|\/)(\.git|node_modules|\.idea|\.vscode|__pycache__|coverage|\.DS_Store)(\/|$)|\.(log|md|swp|tmp|pyc)$/;

/** Programs that install what a few files name. */
const installers: { command: RegExp; manifests: RegExp; shown: string }[] = [
  {
    command: /\b(?:npm (?:ci|i|install)|pnpm (?:i|install)|yarn(?: install)?)\b/,
    manifests: /(^|\/)(package(-lock)?\.json|yarn\.lock|pnpm-lock\.yaml|\.npmrc)$/,
    shown: "package*.json",
  },
  {
    command: /\bpip3? install\b/,
    manifests: /(^|\/)(requirements[^/]*\.txt|pyproject\.toml|setup\.(py|cfg)|poetry\.lock)$/,
    shown: "requirements.txt",
  },
  { command: /\bgo mod download\b/, manifests: /(^|\/)go\.(mod|sum)$/, shown: "go.mod go.sum" },
  { command: /\bbundle install\b/, manifests: /(^|\/)Gemfile(\.lock)?$/, shown: "Gemfile Gemfile.lock" },
  { command: /\bcomposer install\b/, manifests: /(^|\/)composer\.(json|lock)$/, shown: "composer.json composer.lock" },
  { command: /\bcargo (?:build|fetch)\b/, manifests: /(^|\/)Cargo\.(toml|lock)$/, shown: "Cargo.toml Cargo.lock" },
];

/** Advice about one step of a build that is over. Nothing for one that came from the cache or ran for the first time. */
export function adviceFor(step: StepRecord, record: Pick<BuildRecord, "steps">): Advice[] {
  const { evidence, reason } = step;
  if (reason?.kind === "no-cache") return [{ kind: "cache" }];
  if (step.outcome === "cached" || evidence === undefined) return [];
  const { files = [], variables = [], base, instruction, parents = [] } = evidence;
  const advice: Advice[] = [];
  if (files.length > 0) advice.push(...adviceOnFiles(step, record));
  if (base !== undefined) advice.push({ kind: "pin" });
  if (variables.length > 0) advice.push({ kind: "variable", names: variables.map(({ name }) => name) });
  if (instruction !== undefined) {
    const below = following(step, record).length;
    if (below > 0) advice.push({ kind: "late", below });
  }
  const isOnlyParents = files.length === 0 && variables.length === 0 && base === undefined && instruction === undefined;
  if (isOnlyParents && parents.length > 0) advice.push(...adviceOnParents(step, record));
  return advice;
}

function adviceOnFiles(step: StepRecord, record: Pick<BuildRecord, "steps">): Advice[] {
  const paths = (step.evidence?.files ?? []).map(({ path }) => path);
  const useless = paths.filter((path) => needless.test(path));
  if (useless.length === paths.length) return [{ kind: "ignore", paths: useless.slice(0, 3) }];
  const installed = following(step, record).flatMap((each) => {
    const installer = installerOf(each, paths);
    return installer === undefined
      ? []
      : [{ kind: "manifests" as const, copy: step.instruction, install: each.instruction, manifests: installer.shown }];
  });
  return installed.slice(0, 1);
}

function adviceOnParents(step: StepRecord, record: Pick<BuildRecord, "steps">): Advice[] {
  const causes = causesOf(step, record);
  const cause = causes.find(({ evidence }) => (evidence?.files ?? []).length > 0);
  if (cause === undefined) return [];
  const installer = installerOf(
    step,
    (cause.evidence?.files ?? []).map(({ path }) => path),
  );
  return installer === undefined
    ? [{ kind: "above", copy: cause.instruction }]
    : [{ kind: "manifests", copy: cause.instruction, install: step.instruction, manifests: installer.shown }];
}

/** The installer that a step runs, if none of the changed files is among what it reads. */
function installerOf(step: StepRecord, changed: readonly string[]): (typeof installers)[number] | undefined {
  return installers.find(
    ({ command, manifests }) => command.test(step.instruction) && !changed.some((path) => manifests.test(path)),
  );
}

/** Steps that ran again only because `step` did, near or far. */
function following(step: StepRecord, { steps }: Pick<BuildRecord, "steps">): StepRecord[] {
  const again = new Set([step.id]);
  return steps.filter((each) => {
    const isAgain = each.id !== step.id && (each.evidence?.parents ?? []).some((id) => again.has(id));
    if (isAgain) again.add(each.id);
    return isAgain;
  });
}

/** What `step` ran again because of, the nearest first. */
function causesOf(step: StepRecord, { steps }: Pick<BuildRecord, "steps">): StepRecord[] {
  const causes: StepRecord[] = [];
  const seen = new Set([step.id]);
  const queue = [...(step.evidence?.parents ?? [])];
  for (let id = queue.shift(); id !== undefined; id = queue.shift()) {
    const parent = steps.find((each) => each.id === id);
    if (parent === undefined || seen.has(id)) continue;
    seen.add(id);
    causes.push(parent);
    queue.push(...(parent.evidence?.parents ?? []));
  }
  return causes;
}
