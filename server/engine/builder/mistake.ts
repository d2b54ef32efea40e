/** What is wrong with a build, by name and parts: its message is for learners, and may be worded anew at any time. */
export type Mistake =
  | { kind: "dockerfile-missing"; name: string }
  | { kind: "dockerfile-outside"; name: string }
  | { kind: "dockerfile-empty" }
  /** of the file, not of one instruction */
  | { kind: "unreadable"; text: string }
  | { kind: "outside-stages"; text: string }
  /** any other mistake in line `line` */
  | { kind: "syntax"; line: number; text: string }
  /** `meant`: what it is almost written like */
  | { kind: "unknown-instruction"; line: number; keyword: string; meant: string | undefined }
  | { kind: "unknown-flag"; line: number; flag: string; meant: string | undefined }
  | { kind: "unknown-target"; target: string }
  | { kind: "image-name"; text: string }
  | { kind: "signal"; signal: string }
  | { kind: "container-port"; port: string }
  | { kind: "port-protocol"; protocol: string }
  | { kind: "retries"; line: number; value: number }
  /** `modifier` without the colon before it */
  | { kind: "modifier"; word: string; modifier: string }
  | { kind: "file-missing"; keyword: string; source: string }
  | { kind: "file-outside"; keyword: string; source: string }
  | { kind: "circle"; stage: string }
  | { kind: "stage-number"; number: string }
  /** of a RUN; `hint`: what to do about it */
  | { kind: "program-missing"; program: string; hint: string }
  /** `layers` with the one that is too many */
  | { kind: "too-many-layers"; layers: number };

/** An error's detail that says what is wrong. */
export class MistakeDetail {
  readonly mistake: Mistake;

  constructor(mistake: Mistake) {
    this.mistake = mistake;
  }
}

export function mistake(what: Mistake): { detail: MistakeDetail } {
  return { detail: new MistakeDetail(what) };
}

/** Of an error or what it was caused by, the outermost. */
export function mistakeOf(error: unknown): Mistake | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ("detail" in at && at.detail instanceof MistakeDetail) {
      return at.detail.mistake;
    }
  }
  return undefined;
}
