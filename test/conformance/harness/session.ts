import { existsSync, globSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { parse } from "yaml";
import { z } from "zod";

const home = join(import.meta.dirname, "..");
const sessionsHome = join(home, "sessions");

const outcomePart = z.strictObject({ status: z.number(), stdout: z.unknown(), stderr: z.unknown() }).partial();

/** How Drydock's answer may differ from dockerd's: why (`id` of docs/differences.md), and what exactly. */
const differenceSchema = z.strictObject({
  id: z.string(),
  /** keys of JSON that are not compared: ends of paths */
  keys: z.array(z.string()).optional(),
  /** the same, but only where dockerd's value is the first and ours the second; `absent` stands for none */
  values: z.record(z.string(), z.tuple([z.unknown(), z.unknown()])).optional(),
  /** regular expressions: lines of either side that fit are not compared */
  lines: z.array(z.string()).optional(),
  /** these parts are Drydock's own answer, compared as strictly */
  instead: outcomePart.optional(),
});

const common = {
  /** what a reader should know */
  why: z.string().optional(),
  /** lines of the output, or what lists in its JSON have, are in no order of their own */
  unordered: z.boolean().optional(),
  /** regular expressions of what is never the same twice, replaced by `<masked>` on both sides */
  mask: z.array(z.string()).optional(),
  differs: z.union([differenceSchema, z.array(differenceSchema)]).optional(),
};

const commandSchema = z.strictObject({
  /** given to `sh -c` */
  run: z.string(),
  stdin: z.string().optional(),
  ...common,
});

const httpSchema = z.strictObject({
  /** `METHOD /path`; the version is put before it unless it has one or is `/_ping` */
  http: z.string(),
  /** an object is sent as JSON */
  body: z.unknown().optional(),
  headers: z.record(z.string(), z.string()).optional(),
  /** names of headers of the answer to compare */
  show: z.array(z.string()).optional(),
  ...common,
});

const stepSchema = z.union([z.string().transform((run) => ({ run })), commandSchema, httpSchema]);

const sessionSchema = z.strictObject({
  title: z.string(),
  /** what is in its directory at the start, by path */
  files: z.record(z.string(), z.string()).optional(),
  /** what it needs beside an engine */
  needs: z.array(z.enum(["registry"])).optional(),
  /** environment of all commands */
  env: z.record(z.string(), z.string()).optional(),
  steps: z.array(stepSchema).min(1),
});

export type Difference = z.infer<typeof differenceSchema>;
export type CommandStep = z.infer<typeof commandSchema>;
export type HttpStep = z.infer<typeof httpSchema>;
export type Step = CommandStep | HttpStep;
/** `name`: `<area>/<file name>` */
export type Session = Omit<z.infer<typeof sessionSchema>, "steps"> & { name: string; steps: Step[] };

/** What a step is called in messages and in transcripts. */
export function stepTitle(step: Step): string {
  return "run" in step ? step.run : step.http;
}

export function isCommand(step: Step): step is CommandStep {
  return "run" in step;
}

export function differencesOf({ differs }: Step): Difference[] {
  return differs === undefined ? [] : Array.isArray(differs) ? differs : [differs];
}

/** All sessions whose name has one of the parts; with no parts, all. @throws Error naming the file that is wrong */
export function loadSessions(parts: readonly string[] = []): Session[] {
  return globSync("**/*.yaml", { cwd: sessionsHome })
    .filter((file) => !/\.dockerd(-cgroup2)?\.yaml$/.test(file))
    .map((file) => file.replace(/\.yaml$/, ""))
    .filter((name) => parts.length === 0 || parts.some((part) => name.includes(part)))
    .toSorted()
    .map(loadSession);
}

function loadSession(name: string): Session {
  const file = join(sessionsHome, `${name}.yaml`);
  try {
    return { name, ...sessionSchema.parse(parse(readFileSync(file, "utf8"))) };
  } catch (error) {
    throw new Error(`${relative(process.cwd(), file)}: ${(error as Error).message}`, { cause: error });
  }
}

/** Where dockerd's answers to a session are kept; `cgroup2`: those of a machine with cgroup v2, where they are others. */
export function transcriptFile(session: Session, cgroup2 = false): string {
  return join(sessionsHome, `${session.name}.dockerd${cgroup2 ? "-cgroup2" : ""}.yaml`);
}

const pendingSchema = z.record(z.string(), z.string());

/** Sessions that are known to differ and shall not: name → reason. */
export function loadPending(): Record<string, string> {
  const file = join(home, "pending.yaml");
  return existsSync(file) ? pendingSchema.parse(parse(readFileSync(file, "utf8")) ?? {}) : {};
}

const everywhereSchema = z.array(differenceSchema.omit({ instead: true }));

/** Differences that show in many sessions. */
export function loadEverywhere(): Difference[] {
  return everywhereSchema.parse(parse(readFileSync(join(home, "differences.yaml"), "utf8")) ?? []);
}
