import { messages } from "../../../lib/messages.ts";
import { monaco } from "../monaco-setup.ts";
import { instructionNamed, instructions } from "./instructions.ts";
import { type Place, placeAt } from "./scan.ts";

/** What the rest of the workspace knows that a Dockerfile may name. */
export interface Knowledge {
  /** names with tags of images that are here */
  images: () => string[];
  /** paths of the build context */
  files: () => string[];
}

type Item = Omit<monaco.languages.CompletionItem, "range">;

const { CompletionItemKind: Kind } = monaco.languages;

/** What could be written at a place of a Dockerfile. */
export function completionsAt(
  model: monaco.editor.ITextModel,
  position: monaco.Position,
  knowledge: Knowledge,
): monaco.languages.CompletionList {
  const lines = model.getLinesContent().slice(0, position.lineNumber);
  lines[lines.length - 1] = (lines.at(-1) ?? "").slice(0, position.column - 1);
  const place = placeAt(lines);
  const { items, typed } = proposals(place, knowledge);
  const range = new monaco.Range(
    position.lineNumber,
    Math.max(1, position.column - typed.length),
    position.lineNumber,
    position.column,
  );
  return { suggestions: items.map((item) => ({ ...item, range })) };
}

function proposals(place: Place, knowledge: Knowledge): { items: Item[]; typed: string } {
  const { instruction, word, stages } = place;
  if (instruction === undefined) {
    return {
      typed: word,
      items: instructions.map(({ name, form, about }) => item(name, Kind.Keyword, form, about, `${name} `)),
    };
  }
  const variable = /\$\{?(\w*)$/.exec(word);
  if (variable !== null) {
    return {
      typed: variable[1] ?? "",
      items: place.variables.map((name) => item(name, Kind.Variable, messages.editor.language.variable)),
    };
  }
  const from = /^--from=(.*)$/.exec(word);
  if (from !== null) return { typed: from[1] ?? "", items: [...stageItems(stages), ...imageItems(knowledge)] };
  if (word.startsWith("-")) {
    const flags = instructionNamed(instruction)?.flags ?? [];
    return { typed: word, items: flags.map(({ name, about }) => item(name, Kind.Property, about)) };
  }
  if (instruction === "FROM") return { typed: word, items: [...stageItems(stages), ...imageItems(knowledge)] };
  if (instruction === "COPY" || instruction === "ADD") {
    return {
      typed: word,
      items: knowledge.files().map((path) => item(path, Kind.File, messages.editor.language.file)),
    };
  }
  return { typed: word, items: [] };
}

function stageItems(stages: readonly string[]): Item[] {
  return stages.map((name) => item(name, Kind.Module, messages.editor.language.stage));
}

function imageItems(knowledge: Knowledge): Item[] {
  return knowledge.images().map((name) => item(name, Kind.Value, messages.editor.language.image));
}

function item(
  label: string,
  kind: monaco.languages.CompletionItemKind,
  detail: string,
  documentation?: string,
  insertText = label,
): Item {
  return { label, kind, detail, insertText, ...(documentation === undefined ? {} : { documentation }) };
}
