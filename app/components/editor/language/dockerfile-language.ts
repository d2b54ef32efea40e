import { type FileEntry, workstationImage } from "#contract/extension-api.ts";
import { playgroundStatus } from "../../../lib/api.ts";
import type { WorkspaceModel } from "../../workspace/workspace-model.ts";
import { parentOf } from "../../files/file-tree-model.ts";
import { monaco } from "../monaco-setup.ts";
import type { TextDocument } from "../text-document.ts";
import { explain } from "./explain.ts";
import { fixesAt, followFixes } from "./fixes.ts";
import { pointedAt, registerLanguage } from "./providers.ts";

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
  const entries = () => (files.entries.value ?? []).filter(({ path }) => path.startsWith(inside));
  const inContext = ({ path, kind }: FileEntry) => path.slice(inside.length) + (kind === "directory" ? "/" : "");
  // Of the catalogue: a build gets them without anybody's asking.
  let bases: string[] = [];
  const knowledge = async (line: string) => {
    // A build or a command may have brought some since.
    if (namesImage.test(line)) await containers.refreshImages();
    const own = containers.images.value.flatMap(({ names }) => names);
    const images = [...new Set(["scratch", ...own, ...bases])];
    const others = entries().filter(({ path }) => path !== document.path);
    return { images, files: others.map(inContext) };
  };
  const hover = async (at: monaco.Position): Promise<monaco.languages.Hover | undefined> => {
    const found = await pointedAt(model, at, { images: [], files: entries().map(inContext) });
    if (found === undefined) return undefined;
    if (found.meaning.kind === "image") await containers.refreshImages();
    const sizes = new Map(
      entries().map((entry) => [inContext(entry), entry.kind === "directory" ? undefined : entry.size]),
    );
    return { range: found.range, contents: explain(found.meaning, { images: containers.images.value, sizes }) };
  };
  // Providers are for all models of a language: each answers for its own.
  const own = <Answer>(asked: monaco.editor.ITextModel, answer: () => Answer): Answer | undefined =>
    asked === model ? answer() : undefined;
  const mayEdit = (): boolean => !editor.getOption(monaco.editor.EditorOption.readOnly);
  const registered = [
    ...registerLanguage(model, knowledge),
    monaco.languages.registerHoverProvider("dockerfile", {
      provideHover: (asked, position) => own(asked, () => hover(position)),
    }),
    monaco.languages.registerCodeActionProvider("dockerfile", {
      provideCodeActions: (asked, range) =>
        own(asked, () => (mayEdit() ? fixesAt(asked, range, document, builds) : none)),
    }),
  ];
  const stop = followFixes(editor, document, builds);
  void containers.refreshImages();
  playgroundStatus().then(
    ({ details }) => {
      const names = details?.baseImages.map(({ name }) => name) ?? [];
      bases = names.filter((name) => name !== workstationImage);
    },
    // Those that are here already are still completed.
    () => undefined,
  );
  return () => {
    stop();
    for (const each of registered) each.dispose();
  };
}

const namesImage = /^\s*FROM\s|--from=/i;
const none: monaco.languages.CodeActionList = { actions: [], dispose: () => {} };
