import type { StepEvidence } from "../../../contract/build-record.ts";
import { type StepRecord, writtenInstruction } from "../cache/step-records.ts";

/** Files named in one step's evidence. */
const maxFiles = 1000;

/** What of a step is otherwise than in the last build: all of it, not only what decided first. */
export function evidenceOf(
  step: StepRecord,
  before: StepRecord | undefined,
  parentsThatRan: readonly string[],
): StepEvidence | undefined {
  if (before === undefined) {
    return undefined;
  }
  const files = changedFiles(step, before);
  const variables = changedVariables(step.facts["env"], before.facts["env"]);
  const base = changed(step.facts["base"], before.facts["base"]);
  const instruction = changed(writtenInstruction(step), writtenInstruction(before));
  const evidence: StepEvidence = {
    ...(files.length === 0 ? {} : { files }),
    ...(variables.length === 0 ? {} : { variables }),
    ...(base === undefined ? {} : { base }),
    ...(instruction === undefined ? {} : { instruction }),
    ...(parentsThatRan.length === 0 ? {} : { parents: [...parentsThatRan] }),
  };
  return Object.keys(evidence).length === 0 ? undefined : evidence;
}

function changed(after: string | undefined, before: string | undefined): { before: string; after: string } | undefined {
  return after === before || after === undefined || before === undefined ? undefined : { before, after };
}

type Difference = { before?: string; after?: string };

function difference(before: string | undefined, after: string | undefined): Difference {
  return { ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) };
}

function changedFiles(step: StepRecord, old: StepRecord): ({ path: string } & Difference)[] {
  return step.inputs
    .flatMap(({ content, files }, index) => {
      const before = old.inputs[index];
      if (content === before?.content || files === undefined || before?.files === undefined) {
        return [];
      }
      const known = before.files;
      return [...new Set([...Object.keys(known), ...Object.keys(files)])]
        .filter((path) => own(known, path) !== own(files, path))
        .map((path) => ({ path, ...difference(own(known, path), own(files, path)) }));
    })
    .slice(0, maxFiles);
}

function changedVariables(now: string | undefined, old: string | undefined): ({ name: string } & Difference)[] {
  if (now === old || now === undefined || old === undefined) {
    return [];
  }
  const after = variables(now);
  const before = variables(old);
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((name) => before.get(name) !== after.get(name))
    .map((name) => ({ name, ...difference(before.get(name), after.get(name)) }));
}

function variables(json: string): Map<string, string> {
  return new Map(
    (JSON.parse(json) as string[]).map((entry) => {
      const equals = entry.indexOf("=");
      return [entry.slice(0, equals), entry.slice(equals + 1)];
    }),
  );
}

function own(record: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
