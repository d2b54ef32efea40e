import path from "node:path";
import type { CopyInstruction } from "../dockerfile/ast.ts";
import { heredocContent, parseHeredocOpener } from "../dockerfile/heredoc.ts";
import { CopiesOp } from "../ops/copies.ts";
import { type CopyDefinition, CopyOp, type InlineFile } from "../ops/copy.ts";
import { DownloadOp } from "../ops/download.ts";
import { parseModeChange } from "../ops/file-mode.ts";
import { LinkOp } from "../ops/link.ts";
import type { BuildResult } from "../ops/result.ts";
import type { Vertex } from "../solver/types.ts";
import { checkSources, downloadName, sourceKind } from "./copy-source.ts";
import { gitVertex } from "./git-source.ts";
import type { LoweringContext } from "./lowering-context.ts";
import type { Place } from "./place.ts";
import type { StageState } from "./stage-state.ts";
import { makeVertex } from "./vertex.ts";
import { warnOfIgnored } from "./warnings.ts";

/** COPY and ADD. One instruction is one layer. */
export async function lowerCopy(
  instruction: CopyInstruction,
  state: StageState,
  place: Place,
  context: LoweringContext,
): Promise<Vertex<BuildResult>> {
  const keyword = instruction.kind === "add" ? "ADD" : "COPY";
  const expandAll = (text: string): string => place.expand(text, state);
  const paths: string[] = [];
  const inline: InlineFile[] = [];
  for (const word of instruction.sources) {
    const opened = parseHeredocOpener(word.text);
    if (opened !== undefined) {
      const heredoc = instruction.heredocs.findLast((candidate) => candidate.name === opened.name) ?? opened;
      const content = heredocContent(heredoc);
      inline.push({ name: opened.name, content: opened.expand ? place.expandDocument(content, state) : content });
    } else {
      paths.push(expandAll(word.text));
    }
  }
  const destination = resolveDestination(state.workdir, expandAll(instruction.destination.text));
  const chown = instruction.chown === undefined ? undefined : expandAll(instruction.chown);
  const chmod = instruction.chmod === undefined ? undefined : expandAll(instruction.chmod);
  if (chmod !== undefined && chmod !== "" && parseModeChange(chmod) === undefined) {
    throw place.fail(`invalid chmod parameter: '${chmod}'. it should be octal string and between 0 and 07777`, {
      hint: "write --chmod=755, or --chmod=u=rwX,go=rX",
    });
  }
  const checksum = instruction.checksum === undefined ? undefined : expandAll(instruction.checksum);
  checkSources(keyword, paths, checksum, place);
  const urls = paths.filter((source) => sourceKind(source) === "url");
  const repositories = paths.filter((source) => sourceKind(source) === "git");
  const definition = {
    keyword,
    sources: paths.filter((source) => sourceKind(source) === "files"),
    inline,
    destination,
    chown,
    // a variable without a value
    chmod: chmod === "" ? undefined : chmod,
    exclude: instruction.exclude,
    parents: instruction.parents,
    extract: keyword === "ADD" && instruction.unpack !== false,
    // the classic builder leaves an archive's owners, and so did BuildKit once
    chownsArchives: chown !== undefined && context.request.steps === undefined ? true : undefined,
  } satisfies CopyDefinition;
  if (instruction.from === undefined) {
    for (const source of definition.sources) {
      warnOfIgnored(keyword, source, context.ignore, place);
    }
  }
  const ignoreCache = context.ignoresCache(state);
  const copies: Copy[] = urls.map((url) => {
    const download = { url, name: downloadName(url), checksum };
    const op = new DownloadOp(download, context.work);
    const source = makeVertex(["download", download], op, [context.scratch()], ignoreCache);
    const only = { sources: [`/${download.name}`], inline: [], exclude: [], parents: false };
    return { source, definition: { ...definition, ...only, extract: instruction.unpack === true } };
  });
  for (const repository of repositories) {
    const source = gitVertex(
      repository,
      { checksum, keepGitDir: instruction.keepGitDir },
      { place, context, ignoreCache },
    );
    copies.push({ source, definition: { ...definition, sources: ["/"], inline: [], parents: false, extract: false } });
  }
  if (definition.sources.length > 0) {
    const source =
      instruction.from === undefined
        ? context.contextVertex()
        : await context.sourceVertex(instruction.from.text, place);
    copies.push({ source, definition });
  } else if (inline.length > 0) {
    copies.push({ source: undefined, definition });
  }
  // a name is looked up in the image that the files go into
  const linked = instruction.link && (chown === undefined || /^\d+(:\d+)?$/.test(chown));
  const copied = copyVertex(linked ? context.scratch() : state.vertex, copies, context, ignoreCache);
  const vertex = linked ? makeVertex(["link"], new LinkOp(context.work), [state.vertex, copied], ignoreCache) : copied;
  state.advance(`${historyOf(instruction, keyword, { chown, chmod, paths, state, place })} # buildkit`, vertex);
  return vertex;
}

/** Files that go to the destination, and what they are in; here-documents are in nothing. */
interface Copy {
  definition: CopyDefinition;
  source: Vertex<BuildResult> | undefined;
}

/** One layer on `target`, from however many sources. */
function copyVertex(
  target: Vertex<BuildResult>,
  copies: readonly Copy[],
  { work }: LoweringContext,
  ignoreCache: boolean,
): Vertex<BuildResult> {
  const inputs = [target, ...copies.flatMap(({ source }) => source ?? [])];
  const [only, ...more] = copies;
  if (only !== undefined && more.length === 0) {
    return makeVertex(["copy", only.definition], new CopyOp(only.definition, work), inputs, ignoreCache);
  }
  let input = 0;
  const parts = copies.map(({ definition, source }) => ({
    op: new CopyOp(definition, work),
    input: source === undefined ? undefined : ++input,
  }));
  const definitions = copies.map(({ definition }) => definition);
  return makeVertex(["copies", ...definitions], new CopiesOp(parts, work), inputs, ignoreCache);
}

/** Relative to WORKDIR; a trailing `/` (or `.`) still says that it is a directory. */
function resolveDestination(workdir: string, destination: string): string {
  const resolved = path.posix.resolve(workdir, destination);
  const directory = /(^|\/)\.?$/.test(destination);
  return directory && resolved !== "/" ? `${resolved}/` : resolved;
}

function historyOf(
  instruction: CopyInstruction,
  keyword: string,
  shown: {
    chown: string | undefined;
    chmod: string | undefined;
    paths: readonly string[];
    state: StageState;
    place: Place;
  },
): string {
  const words = [
    keyword,
    ...(instruction.parents ? ["--parents"] : []),
    ...((shown.chown ?? "") === "" ? [] : [`--chown=${shown.chown}`]),
    ...((shown.chmod ?? "") === "" ? [] : [`--chmod=${shown.chmod}`]),
    ...shown.paths,
    ...instruction.heredocs.map((heredoc) => `<<${heredoc.name}`),
    shown.place.expand(instruction.destination.text, shown.state),
  ];
  return words.join(" ");
}
