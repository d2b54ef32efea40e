import type { Instruction, Stage } from "../../dockerfile/ast.ts";
import { type Finding, layersOf, scriptOf, type TeachingCheck } from "./finding.ts";

/** Files that hold secrets by their names. */
const secretFile =
  /(^|\/)(id_(rsa|dsa|ecdsa|ed25519)|\.env(\.\w+)?|\.npmrc|\.pypirc|\.netrc|\.git-credentials|\.aws|\.ssh|credentials(\.json)?|[^/]*\.(pem|key|p12|pfx|jks|kdbx))$/;
const harmless = /\.(pub|example|sample|template)$|^(\S*\/)?\.env\.(example|sample|template)$/;
/** A password in an address, or a token in a header. */
const inAddress = /\b(?:https?|git|ssh|ftp):\/\/[^\s/:@$]+:[^\s/@$]+@/;
const inHeader = /\b(?:Authorization|PRIVATE-TOKEN)\s*:\s*(?:(?:Bearer|token|Basic)\s*)?[^\s$"']{8,}/i;

/** SecretLeftInLayer: copied and perhaps removed later, or written into a command. */
export const secrets: TeachingCheck = (stages, image) =>
  layersOf(stages, image.target).flatMap((stage) =>
    stage.instructions.flatMap((instruction, index) => [
      ...copiedSecret(instruction, stage, index),
      ...writtenSecret(instruction),
    ]),
  );

function copiedSecret(instruction: Instruction, stage: Stage, index: number): Finding[] {
  if ((instruction.kind !== "copy" && instruction.kind !== "add") || instruction.from !== undefined) {
    return [];
  }
  return instruction.sources
    .filter(({ text }) => secretFile.test(text) && !harmless.test(text))
    .map(({ text }) => {
      const name = text.split("/").at(-1) ?? text;
      const removed = stage.instructions
        .slice(index + 1)
        .find(
          (later) => later.kind === "run" && /\b(rm|shred)\s/.test(scriptOf(later)) && scriptOf(later).includes(name),
        );
      const why =
        removed === undefined
          ? "anyone who has the image can read it"
          : `line ${removed.range.startLine} removes it, but this layer still has it`;
      return {
        rule: "SecretLeftInLayer",
        message: `${text} looks like a secret, and ${why}: use RUN --mount=type=secret`,
        range: instruction.range,
      };
    });
}

function writtenSecret(instruction: Instruction): Finding[] {
  const text =
    instruction.kind === "run"
      ? scriptOf(instruction)
      : instruction.kind === "add"
        ? instruction.sources.map((source) => source.text).join(" ")
        : "";
  if (!inAddress.test(text) && !inHeader.test(text)) {
    return [];
  }
  return [
    {
      rule: "SecretLeftInLayer",
      message: "A password or token is written here, and docker history shows it: use RUN --mount=type=secret",
      range: instruction.range,
    },
  ];
}
