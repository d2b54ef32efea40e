import type { WorkspaceModel } from "../../workspace/workspace-model.ts";
import { parentOf } from "../../files/file-tree-model.ts";
import { monaco } from "../monaco-setup.ts";
import type { TextDocument } from "../text-document.ts";
import { fixesAt, followFixes } from "./fixes.ts";
import { instructionNamed } from "./instructions.ts";
import { registerLanguage } from "./providers.ts";

/** Completion, signatures, stages, formatting, explanations and quick fixes for the Dockerfile in the editor. Returns its undoing. */
export function helpWithDockerfile(
  editor: monaco.editor.IStandaloneCodeEditor,
  model: monaco.editor.ITextModel,
  document: TextDocument,
  { builds, containers, files }: Pick<WorkspaceModel, "builds" | "containers" | "files">,
): () => void {
  if (model.getLanguageId() !== "dockerfile") return () => {};
  const context = parentOf(document.path);
  const inside = context === "" ? "" : `${context}/`;
  const knowledge = () => ({
    images: [...new Set(["scratch", ...containers.images.value.flatMap(({ names }) => names)])],
    files: (files.entries.value ?? [])
      .filter(({ path }) => path.startsWith(inside) && path !== document.path)
      .map(({ path, kind }) => path.slice(inside.length) + (kind === "directory" ? "/" : "")),
  });
  // Providers are for all models of a language: each answers for its own.
  const own = <Answer>(asked: monaco.editor.ITextModel, answer: () => Answer): Answer | undefined =>
    asked === model ? answer() : undefined;
  const mayEdit = (): boolean => !editor.getOption(monaco.editor.EditorOption.readOnly);
  const registered = [
    ...registerLanguage(model, knowledge),
    monaco.languages.registerHoverProvider("dockerfile", {
      provideHover: (asked, position) => own(asked, () => explain(asked, position)),
    }),
    monaco.languages.registerCodeActionProvider("dockerfile", {
      provideCodeActions: (asked, range) =>
        own(asked, () => (mayEdit() ? fixesAt(asked, range, document, builds) : none)),
    }),
  ];
  const stop = followFixes(editor, document, builds);
  void containers.refreshImages();
  return () => {
    stop();
    for (const each of registered) each.dispose();
  };
}

const none: monaco.languages.CodeActionList = { actions: [], dispose: () => {} };

function explain(model: monaco.editor.ITextModel, position: monaco.Position): monaco.languages.Hover | undefined {
  const word = model.getWordAtPosition(position);
  const line = model.getLineContent(position.lineNumber);
  if (word === null || !/^\s*(?:ONBUILD\s+)?$/i.test(line.slice(0, word.startColumn - 1))) return undefined;
  const instruction = instructionNamed(word.word);
  if (instruction === undefined) return undefined;
  const flags = (instruction.flags ?? []).map(({ name, about }) => `- \`${name}\` ${about}`);
  return { contents: [{ value: `\`${instruction.form}\`` }, { value: [instruction.about, "", ...flags].join("\n") }] };
}
