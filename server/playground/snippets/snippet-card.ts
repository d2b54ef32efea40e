import type { Snippet } from "../../contract/playground-api.ts";
import type { SnippetCard } from "../../contract/sharing.ts";

const mostLines = 12;
const longestLine = 64;

/** What a link to a snippet shows of it. @param origin of the page, without a slash at its end */
export function cardOf(snippet: Snippet, origin: string): SnippetCard {
  const { id, title, files } = snippet;
  const dockerfile = files.find(({ path, encoding }) => encoding === "utf8" && /(^|\/)Dockerfile$/.test(path));
  const shown = dockerfile ?? files.find(({ encoding }) => encoding === "utf8");
  const lines = (shown?.content ?? "").split("\n").filter((line) => line.trim() !== "" && !line.startsWith("# "));
  const build = buildText(snippet);
  const count = `${files.length} ${files.length === 1 ? "file" : "files"}`;
  return {
    id,
    title: title || "Untitled snippet",
    description: `A Dockerfile that runs: ${count}${build === "" ? "" : `, ${build}`}. See what each line became, and fork it.`,
    lines: lines.slice(0, mostLines).map((line) => line.slice(0, longestLine)),
    build,
    origin,
  };
}

function buildText({ build }: Snippet): string {
  if (build === undefined) return "";
  const { status, startedAt, finishedAt } = build.summary;
  if (status !== "completed" || finishedAt === undefined) return status === "failed" ? "its build fails" : "";
  const seconds = (finishedAt - startedAt) / 1000;
  return seconds < 1 ? `built in ${Math.round(seconds * 1000)} ms` : `built in ${seconds.toFixed(1)} s`;
}
