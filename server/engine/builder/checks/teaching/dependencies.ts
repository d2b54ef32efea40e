import { runsOf, scriptOf, type TeachingCheck } from "./finding.ts";

/** A command that installs what a manifest lists, and the manifest. */
const installers: readonly { command: RegExp; manifest: string }[] = [
  {
    command:
      /(?:^|[&|;\n])[^\S\n]*(?:npm\s+(?:ci|i|install)|pnpm\s+(?:i|install)|yarn(?:\s+install)?)\s*(?:$|--|[&|;\n])/,
    manifest: "package*.json",
  },
  { command: /\bpip3?\s+install\s(?:(?!-r|\bpip3?\s)[^&|;])*-r\s*\S/, manifest: "requirements.txt" },
  { command: /\b(poetry|uv)\s+(install|sync)\b/, manifest: "pyproject.toml" },
  { command: /\bbundle\s+install\b/, manifest: "Gemfile*" },
  { command: /\bgo\s+mod\s+download\b/, manifest: "go.mod go.sum" },
  { command: /\bcomposer\s+install\b/, manifest: "composer.*" },
  { command: /\bcargo\s+fetch\b/, manifest: "Cargo.*" },
  { command: /\bdotnet\s+restore\b/, manifest: "*.csproj" },
];

/** DependenciesAfterSources: the whole context is copied before a step that needs only a manifest. */
export const dependencies: TeachingCheck = (stages) =>
  stages.flatMap((stage) => {
    const whole = stage.instructions.find(
      (instruction) =>
        (instruction.kind === "copy" || instruction.kind === "add") &&
        instruction.from === undefined &&
        instruction.sources.some(({ text }) => [".", "./", "/", "*"].includes(text)),
    );
    if (whole === undefined) {
      return [];
    }
    const behind = runsOf(stage).filter((run) => run.range.startLine > whole.range.startLine);
    return behind.flatMap((run) => {
      const installer = installers.find(({ command }) => command.test(scriptOf(run)));
      if (installer === undefined) {
        return [];
      }
      const message =
        `Any change of a file runs this again: copy ${installer.manifest} alone first, ` +
        `install, then copy the rest (line ${whole.range.startLine})`;
      return { rule: "DependenciesAfterSources", message, range: run.range };
    });
  });
