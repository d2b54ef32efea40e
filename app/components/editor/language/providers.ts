import type { Meaning } from "../../../../server/language/hover.ts";
import type {
  Completion,
  Knowledge,
  Position,
  TextEdit,
  TextRange,
} from "../../../../server/language/language-service.ts";
import { say } from "../../../lib/engine-text.ts";
import { messages } from "../../../lib/messages.ts";
import { monaco } from "../monaco-setup.ts";
import { LanguageClient } from "./language-client.ts";

type Model = monaco.editor.ITextModel;
type Asked<Answer> = Promise<Answer | undefined> | undefined;

const client = new LanguageClient();
const { CompletionItemKind: Kind } = monaco.languages;

const kinds: Record<Completion["kind"], monaco.languages.CompletionItemKind> = {
  instruction: Kind.Keyword,
  flag: Kind.Property,
  variable: Kind.Variable,
  stage: Kind.Module,
  image: Kind.Value,
  file: Kind.File,
};

/** Monaco's questions about one Dockerfile, answered by the language service. Providers are for all models: others get nothing. */
export function registerLanguage(model: Model, knowledge: (line: string) => Promise<Knowledge>): monaco.IDisposable[] {
  client.start();
  const own = <Answer>(asked: Model, answer: () => Promise<Answer | undefined>): Asked<Answer> =>
    asked === model ? answer() : undefined;
  return [
    monaco.languages.registerCompletionItemProvider("dockerfile", {
      triggerCharacters: [" ", "-", "=", "$", "{", "/"],
      provideCompletionItems: (asked, at) =>
        own(asked, async () => complete(asked, at, await knowledge(asked.getLineContent(at.lineNumber)))),
    }),
    monaco.languages.registerSignatureHelpProvider("dockerfile", {
      signatureHelpTriggerCharacters: [" "],
      signatureHelpRetriggerCharacters: [" "],
      provideSignatureHelp: (asked, at) => own(asked, () => signature(asked, at)),
    }),
    monaco.languages.registerDefinitionProvider("dockerfile", {
      provideDefinition: (asked, at) =>
        own(asked, async () => {
          const [first] = (await stage(asked, at))?.places ?? [];
          return first && { uri: asked.uri, range: rangeOf(first) };
        }),
    }),
    monaco.languages.registerDocumentHighlightProvider("dockerfile", {
      provideDocumentHighlights: (asked, at) =>
        own(asked, async () => (await stage(asked, at))?.places.map((place) => ({ range: rangeOf(place) }))),
    }),
    monaco.languages.registerRenameProvider("dockerfile", {
      resolveRenameLocation: (asked, at) => own(asked, () => renamePlace(asked, at)),
      provideRenameEdits: (asked, at, name) => own(asked, () => rename(asked, at, name)),
    }),
    monaco.languages.registerDocumentFormattingEditProvider("dockerfile", {
      provideDocumentFormattingEdits: (asked) =>
        own(asked, async () => (await client.ask("format", asked.getValue()))?.map(editOf)),
    }),
  ];
}

async function complete(
  model: Model,
  at: monaco.Position,
  knowledge: Knowledge,
): Promise<monaco.languages.CompletionList | undefined> {
  const found = await client.ask("complete", model.getValue(), positionOf(at), knowledge);
  if (found === undefined) return undefined;
  const { items, replaces } = found;
  const start = Math.max(1, at.column - replaces);
  const range = new monaco.Range(at.lineNumber, start, at.lineNumber, at.column);
  return {
    suggestions: items.map(({ kind, label, insert, detail, about }) => ({
      label,
      kind: kinds[kind],
      insertText: insert,
      range,
      detail: detail ?? (kind === "instruction" || kind === "flag" ? "" : messages.editor.language[kind]),
      ...(about === undefined ? {} : { documentation: about }),
      // What it is to be given comes next: `--from=` a stage, FROM an image.
      ...(/[= ]$/.test(insert) ? { command: { id: "editor.action.triggerSuggest", title: "" } } : {}),
    })),
  };
}

async function signature(model: Model, at: monaco.Position): Promise<monaco.languages.SignatureHelpResult | undefined> {
  const found = await client.ask("signature", model.getValue(), positionOf(at));
  if (found === undefined) return undefined;
  const { label, about, parameters, active } = found;
  const signatures = [{ label, documentation: about, parameters: parameters.map((each) => ({ label: each })) }];
  return { value: { signatures, activeSignature: 0, activeParameter: active }, dispose: () => {} };
}

/** What the word at a place means. */
export async function pointedAt(
  model: Model,
  at: monaco.Position,
  knowledge: Knowledge,
): Promise<{ range: monaco.IRange; meaning: Meaning } | undefined> {
  const found = await client.ask("hover", model.getValue(), positionOf(at), knowledge);
  return found && { range: rangeOf(found.range), meaning: found.meaning };
}

function stage(model: Model, at: monaco.Position) {
  return client.ask("stage", model.getValue(), positionOf(at));
}

async function renamePlace(
  model: Model,
  at: monaco.Position,
): Promise<monaco.languages.RenameLocation & monaco.languages.Rejection> {
  const found = await stage(model, at);
  const nothing = new monaco.Range(at.lineNumber, at.column, at.lineNumber, at.column);
  return found === undefined
    ? { range: nothing, text: "", rejectReason: messages.editor.language.noStage }
    : { range: rangeOf(found.here), text: found.name };
}

async function rename(
  model: Model,
  at: monaco.Position,
  name: string,
): Promise<monaco.languages.WorkspaceEdit & monaco.languages.Rejection> {
  try {
    const edits = await client.ask("rename", model.getValue(), positionOf(at), name);
    if (edits === undefined) return { edits: [], rejectReason: messages.editor.language.away };
    const versionId = model.getVersionId();
    return { edits: edits.map((edit) => ({ resource: model.uri, versionId, textEdit: editOf(edit) })) };
  } catch (error) {
    return { edits: [], rejectReason: say(error instanceof Error ? error.message : String(error)) };
  }
}

function positionOf({ lineNumber, column }: monaco.Position): Position {
  return { line: lineNumber, column };
}

function rangeOf({ startLine, startColumn, endLine, endColumn }: TextRange): monaco.IRange {
  return { startLineNumber: startLine, startColumn, endLineNumber: endLine, endColumn };
}

function editOf({ range, text }: TextEdit): monaco.languages.TextEdit {
  return { range: rangeOf(range), text };
}
