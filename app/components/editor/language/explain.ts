import { mostFileEntries } from "#contract/extension-api.ts";
import type { ImageView } from "#contract/playground-api.ts";
import type { Meaning } from "../../../../server/language/hover.ts";
import type { Variable } from "../../../../server/language/scan.ts";
import { ago, size } from "../../../lib/format.ts";
import { messages } from "../../../lib/messages.ts";

const { hover: words, instructions: about } = messages.editor;

/** What the workspace has of that which a Dockerfile names. */
export interface Things {
  images: readonly ImageView[];
  /** of the context's files by path, bytes; undefined for a directory */
  sizes: ReadonlyMap<string, number | undefined>;
}

/** What is shown to who points at something, in Markdown. */
export function explain(meaning: Meaning, { images, sizes }: Things): { value: string }[] {
  switch (meaning.kind) {
    case "instruction": {
      const { form, about, flags = [] } = meaning.instruction;
      const lines = flags.map((flag) => `- \`${flag.name}\` ${flag.about}`);
      return shown(code(form), [about, "", ...lines].join("\n"));
    }
    case "flag":
      return shown(code(meaning.flag.name), meaning.flag.about);
    case "stage": {
      const { name, base, line } = meaning;
      return shown(code(`FROM ${base}${name === undefined ? "" : ` AS ${name}`}`), words.stage({ line }));
    }
    case "variable": {
      const set = meaning.set.map((variable) => `- ${code(written(variable))} ${words.line(variable)}`);
      return shown(set.join("\n"), meaning.set.at(-1)?.keyword === "ENV" ? about.env : about.arg);
    }
    case "image":
      return imageText(meaning.name, images);
    default: {
      const files = meaning.found.map((path) => sizes.get(path)).filter((bytes) => bytes !== undefined);
      const all = { count: files.length, size: size(files.reduce((sum, bytes) => sum + bytes, 0)) };
      if (meaning.found.length > 0) return shown(code(meaning.name), words.files(all));
      // Of so many not all are known.
      return sizes.size < mostFileEntries ? shown(code(meaning.name), words.noFile) : [];
    }
  }
}

function imageText(name: string, images: readonly ImageView[]): { value: string }[] {
  if (name === "scratch") return shown(code(name), words.scratch);
  const short = name.replace(/^docker\.io\//, "").replace(/^library\//, "");
  const full = /@|:[^/]*$/.test(short) ? short : `${short}:latest`;
  const image = images.find(({ names }) => names.includes(full));
  const repository = full.replace(/@.*$|:[^/]*$/, "");
  const others = images.flatMap(({ names }) => names).filter((each) => each.replace(/:[^/]*$/, "") === repository);
  const text =
    image === undefined ? words.noImage : words.image({ size: size(image.size), when: ago(image.createdAt) });
  const tags = others.filter((each) => each !== full).map(code);
  return shown(code(full), ...(tags.length === 0 ? [text] : [text, words.otherTags({ tags: tags.join(", ") })]));
}

function written({ keyword, name, value }: Variable): string {
  return `${keyword} ${name}${value === undefined ? "" : `=${value}`}`;
}

const shown = (...parts: string[]): { value: string }[] => parts.map((value) => ({ value }));

/** As it is, whatever is in it. */
function code(text: string): string {
  const longest = Math.max(0, ...(text.match(/`+/g) ?? []).map(({ length }) => length));
  const fence = "`".repeat(longest + 1);
  return longest === 0 ? `${fence}${text}${fence}` : `${fence} ${text} ${fence}`;
}
