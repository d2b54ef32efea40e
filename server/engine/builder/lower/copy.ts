import path from "node:path";
import type { CopyInstruction } from "../dockerfile/ast.ts";
import { heredocContent, parseHeredocOpener } from "../dockerfile/heredoc.ts";
import { CopyOp, type InlineFile } from "../ops/copy.ts";
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

/** COPY and ADD. One instruction is one layer, unless it mixes downloads with files. */
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
  } as const;
  if (instruction.from === undefined) {
    for (const source of definition.sources) {
      warnOfIgnored(keyword, source, context.ignore, place);
    }
  }
  let vertex = state.vertex;
  const ignoreCache = context.ignoresCache(state);
  for (const url of urls) {
    vertex = addDownload(
      { url, checksum, extract: instruction.unpack === true },
      vertex,
      definition,
      context,
      ignoreCache,
    );
  }
  for (const repository of repositories) {
    const source = gitVertex(
      repository,
      { checksum, keepGitDir: instruction.keepGitDir },
      { place, context, ignoreCache },
    );
    const copy = { ...definition, sources: ["/"], inline: [], parents: false, extract: false };
    vertex = makeVertex(["copy", copy], new CopyOp(copy, context.work), [vertex, source], ignoreCache);
  }
  if (definition.sources.length + inline.length > 0) {
    // a name is looked up in the image that the files go into
    const linked = instruction.link && (chown === undefined || /^\d+(:\d+)?$/.test(chown));
    const inputs = [linked ? context.scratch() : vertex];
    if (definition.sources.length > 0) {
      inputs.push(
        instruction.from === undefined
          ? context.contextVertex()
          : await context.sourceVertex(instruction.from.text, place),
      );
    }
    const copy = makeVertex(["copy", definition], new CopyOp(definition, context.work), inputs, ignoreCache);
    vertex = linked ? makeVertex(["link"], new LinkOp(context.work), [vertex, copy], ignoreCache) : copy;
  }
  state.advance(`${historyOf(instruction, keyword, { chown, chmod, paths, state, place })} # buildkit`, vertex);
  return vertex;
}

function addDownload(
  { url, checksum, extract }: { url: string; checksum: string | undefined; extract: boolean },
  target: Vertex<BuildResult>,
  definition: ConstructorParameters<typeof CopyOp>[0],
  context: LoweringContext,
  ignoreCache: boolean,
): Vertex<BuildResult> {
  const download = { url, name: downloadName(url), checksum };
  const source = makeVertex(
    ["download", download],
    new DownloadOp(download, context.work),
    [context.scratch()],
    ignoreCache,
  );
  const copy = {
    ...definition,
    sources: [`/${download.name}`],
    inline: [],
    exclude: [],
    parents: false,
    extract,
  };
  return makeVertex(["copy", copy], new CopyOp(copy, context.work), [target, source], ignoreCache);
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
