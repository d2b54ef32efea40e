import type { SourceRange } from "../../../contract/build-events.ts";
import type { Directives } from "./directives.ts";
import type { Heredoc } from "./heredoc.ts";
import type { SourceFile } from "./source.ts";

/** What every instruction has. Values are as written: variables are expanded when it is lowered. */
export interface Located {
  range: SourceRange;
  /** as written, continued lines joined; white space is one space */
  text: string;
  /** right before it, without `#` */
  comments?: string[];
}

/** A word as written, with its place. */
export interface Word {
  text: string;
  range: SourceRange;
}

export type Command = { form: "exec"; args: string[] } | { form: "shell"; line: string };

export interface FromInstruction extends Located {
  kind: "from";
  image: Word;
  /** lower case */
  alias: string | undefined;
  /** as written */
  aliasWord?: Word;
  /** `AS` as written */
  as?: Word;
  platform: string | undefined;
}

/** `--mount=` of RUN: its fields as written. They are expanded, then understood, when it is lowered. */
export interface RunMount {
  /** `value` undefined: without `=` */
  fields: { name: string; value: string | undefined }[];
  range: SourceRange;
}

/** `--device=` of RUN, as written. */
export interface RunDevice {
  text: string;
  range: SourceRange;
}

export interface RunInstruction extends Located {
  kind: "run";
  command: Command;
  mounts: RunMount[];
  devices: RunDevice[];
  network: "default" | "none" | "host" | undefined;
  security: "sandbox" | "insecure" | undefined;
  heredocs: Heredoc[];
}

/** COPY and ADD. */
export interface CopyInstruction extends Located {
  kind: "copy" | "add";
  sources: Word[];
  destination: Word;
  /** sources that are here-documents, by the word that opened them */
  heredocs: Heredoc[];
  from: Word | undefined;
  chown: string | undefined;
  chmod: string | undefined;
  link: boolean;
  parents: boolean;
  exclude: string[];
  checksum: string | undefined;
  /** undefined: as the reference to the repository says */
  keepGitDir: boolean | undefined;
  /** ADD only; undefined: local archives are extracted, downloads are not */
  unpack: boolean | undefined;
}

export interface KeyValue {
  name: string;
  value: string;
  /** `NAME VALUE`, without `=` */
  legacy?: true;
  range: SourceRange;
}

export interface EnvInstruction extends Located {
  kind: "env";
  pairs: KeyValue[];
}

export interface LabelInstruction extends Located {
  kind: "label";
  pairs: KeyValue[];
}

export interface ArgInstruction extends Located {
  kind: "arg";
  args: { name: string; value: string | undefined; range: SourceRange }[];
}

export interface CommandInstruction extends Located {
  kind: "cmd" | "entrypoint";
  command: Command;
}

export interface WordInstruction extends Located {
  kind: "user" | "stopsignal" | "maintainer";
  value: string;
}

export interface WorkdirInstruction extends Located {
  kind: "workdir";
  value: string;
}

export interface ListInstruction extends Located {
  kind: "expose" | "volume" | "shell";
  values: string[];
}

export interface HealthcheckInstruction extends Located {
  kind: "healthcheck";
  /** undefined: NONE */
  command: Command | undefined;
  /** ns; 0 inherits */
  interval: number;
  timeout: number;
  startPeriod: number;
  startInterval: number;
  retries: number;
}

export interface OnbuildInstruction extends Located {
  kind: "onbuild";
  /** the trigger's text, kept in the image */
  expression: string;
  /** why no build could run it */
  invalid?: string;
}

export type Instruction =
  | FromInstruction
  | RunInstruction
  | CopyInstruction
  | EnvInstruction
  | LabelInstruction
  | ArgInstruction
  | CommandInstruction
  | WordInstruction
  | WorkdirInstruction
  | ListInstruction
  | HealthcheckInstruction
  | OnbuildInstruction;

/** What to put in place of a range. */
export interface TextEdit {
  range: SourceRange;
  text: string;
}

/** Something that works but should not be written so. */
export interface Warning {
  rule: string;
  message: string;
  range: SourceRange;
  /** a change that keeps the image as it is, or makes it what was meant */
  fix?: { title: string; edits: TextEdit[] };
}

/** One FROM and what follows it. */
export interface Stage {
  from: FromInstruction;
  index: number;
  /** alias, or `stage-<index>` */
  name: string;
  instructions: Exclude<Instruction, FromInstruction>[];
}

export interface Dockerfile {
  source: SourceFile;
  directives: Directives;
  /** ARGs before the first FROM */
  globalArgs: ArgInstruction[];
  stages: Stage[];
  /** what reading it found: the checks (`checks/`) find the rest */
  warnings: Warning[];
}
