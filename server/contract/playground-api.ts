/**
 * HTTP between the page and `web`: JSON shapes, validated once at the edge. The session's cookie says who asks.
 *
 * | route | body → answer |
 * |---|---|
 * | POST   /api/workspaces/open                | OpenWorkspace → WorkspaceView |
 * | POST   /api/w/{id}/name                    | RenameWorkspace → WorkspaceView |
 * | DELETE /api/w/{id}                         | with all that is in it, but not what was shared of it → 204 |
 * | GET    /api/w/{id}/record                  | → Snippet: what was in it when it expired |
 * | GET    /api/w/{id}/files, file, tar        | the extension's workspace routes, passed through |
 * | PUT, DELETE /api/w/{id}/file               | likewise |
 * | POST   /api/w/{id}/directory, rename, tar  | likewise |
 * | POST   /api/w/{id}/builds                  | BuildStart → BuildSummary |
 * | POST   /api/w/{id}/builds/{id}/cancel      | → 204 |
 * | GET    /api/w/{id}/builds/{id}/record      | → BuildRecord; 204: it has none |
 * | POST   /api/w/{id}/containers              | RunContainer → {id} |
 * | POST   /api/w/{id}/containers/{id}/{start,stop,restart,kill,pause,unpause} | → 204 |
 * | DELETE /api/w/{id}/containers/{id}         | → 204 |
 * | GET    /api/w/{id}/images                  | → ImageView[] |
 * | GET    /api/w/{id}/images/{layers,tree,find,file,comparison} | the extension's routes (image-files.ts), passed through |
 * | GET    /api/w/{id}/limits                  | → LimitUsage |
 * | POST   /api/w/{id}/activity                | somebody is there → 204 |
 * | GET, POST /api/w/{id}/terminals            | → TerminalSummary[]; OpenTerminal → TerminalSummary |
 * | DELETE /api/w/{id}/terminals/{id}          | → 204 |
 * | POST   /api/w/{id}/previews                | OpenPreview → {url} |
 * | POST   /api/w/{id}/snippets                | ShareWorkspace → {id} |
 * | GET    /api/w/{id}/snippets                | → SnippetVersion[]: what this session has shared, from any workspace |
 * | DELETE /api/w/{id}/snippets/{id}           | takes one of them back → 204 |
 * | GET    /api/snippets/{id}                  | → Snippet |
 * | GET    /api/snippets/{id}/versions         | → SnippetVersion[]: it and those it came of, the newest first |
 * | POST   /api/snippets/{id}/fork             | → WorkspaceView |
 * | members and invitations                    | together.ts |
 * | GET    /api/status                         | → PlaygroundStatus |
 *
 * Errors are `{"message"}` with a status; 503 means that the engine is away and the request may be tried again.
 * A request other than GET and HEAD whose Origin (without one: Sec-Fetch-Site) is not the page's own gets a 403. Browsers
 * send Origin with each of them; what sends neither is no browser, and is let in by its cookie alone.
 */
import { z } from "zod";
import type { BuildEvent } from "./build-events.ts";
import type { Role } from "./together.ts";
import type { BuildSummary, EngineStatus, ListeningPort } from "./extension-api.ts";

export const workspaceIdPattern = /^[a-z][a-z0-9]{11,31}$/;

const name = z.string().trim().min(1).max(80);
/** An image reference as typed; the engine judges it further. */
const imageName = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:/@-]*$/);
/** Relative, with `/`, without `.` and `..`: the engine checks again. */
const relativePath = z
  .string()
  .max(1024)
  .refine((path) => !path.startsWith("/") && !path.split("/").includes(".."), "must lie within the workspace");

/** Those that the page speaks, and the first files of a workspace. */
export const pageLanguages = ["en", "de"] as const;
export type PageLanguage = (typeof pageLanguages)[number];

export const openWorkspaceSchema = z.object({
  /** one of the session's own; without it the latest one, made if there is none */
  id: z.string().regex(workspaceIdPattern).exactOptional(),
  fresh: z.boolean().exactOptional(),
  /** of the first files, if it is a new one */
  language: z.enum(pageLanguages).exactOptional(),
  /** with `fresh`: the example whose files it begins with */
  example: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,63}$/)
    .exactOptional(),
  /** with `id`: one that has expired is to be live again, with the files that it had */
  revive: z.boolean().exactOptional(),
});
export type OpenWorkspace = z.infer<typeof openWorkspaceSchema>;

/** A directory of `examples/`. */
export interface ExampleSummary {
  name: string;
  title: string;
  description: string;
}

export const renameWorkspaceSchema = z.object({ name });
export type RenameWorkspace = z.infer<typeof renameWorkspaceSchema>;

export interface WorkspaceSummary {
  id: string;
  name: string;
  /** what this session is in it */
  role: Role;
  /** ms since the epoch */
  lastActiveAt: number;
}

export interface WorkspaceView extends WorkspaceSummary {
  /** what the others know this session by */
  member: string;
  /** every workspace of this session: its own, the latest used first, then those it was invited to */
  all: WorkspaceSummary[];
  /** the containers of a workspace idle for longer are stopped, ms */
  stopAfter: number;
  /** a workspace idle for longer is deleted, ms */
  timeToLive: number;
  /** there is no free place yet: its own in the queue, from 1. Asked for again within 15 s, it is kept */
  waiting?: number;
  /** it was idle for so long that only what was in it is kept (GET /api/w/{id}/record): since when, ms since the epoch */
  expired?: number;
  /** the snippet that it comes of */
  snippet?: string;
}

export const buildStartSchema = z.object({
  contextPath: relativePath,
  dockerfile: relativePath.min(1).exactOptional(),
  tags: z.array(imageName).max(10),
  target: z.string().max(128).exactOptional(),
  buildArgs: z.record(z.string().max(128), z.string().max(4096)).exactOptional(),
  noCache: z.boolean().exactOptional(),
  pull: z.boolean().exactOptional(),
  secrets: z.record(z.string().min(1).max(128), z.strictObject({ value: z.string().max(100_000) })).exactOptional(),
});

/** A Dockerfile while it is written; what is longer than a request may be is left to the build. */
export const checkTextSchema = z.object({ name: z.string().min(1).max(255), text: z.string().max(200_000) });
export type CheckText = z.infer<typeof checkTextSchema>;

export const runContainerSchema = z.object({
  image: imageName,
  name: z
    .string()
    .regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,62}$/)
    .exactOptional(),
  cmd: z.array(z.string().max(4096)).max(100).exactOptional(),
  env: z.array(z.string().max(4096)).max(100).exactOptional(),
});
export type RunContainer = z.infer<typeof runContainerSchema>;

export const containerActions = ["start", "stop", "restart", "kill", "pause", "unpause"] as const;
export type ContainerAction = (typeof containerActions)[number];

/** A container as the page shows it. */
export interface ContainerView {
  id: string;
  name: string;
  image: string;
  command: string;
  state: "created" | "running" | "paused" | "restarting" | "removing" | "exited" | "dead";
  exitCode?: number;
  /** why it ended, where that is known */
  ending?: "stopped" | "out-of-memory";
  /** why it could not be started, in the engine's words */
  error?: string;
  /** of its own health check, if it has one */
  health?: "starting" | "healthy" | "unhealthy";
  /** ms since the epoch */
  createdAt: number;
  ports: ListeningPort[];
  published: PublishedPort[];
  /** made by Compose: of which service, by which file of the workspace */
  compose?: { project: string; service: string; file: string };
  /** the learner's own shell, kept out of the list */
  workstation: boolean;
}

/** A port of a container that is reached from outside it: `docker run -p`. */
export interface PublishedPort {
  protocol: string;
  containerPort: number;
  address: string;
  port: number;
}

export interface ImageView {
  id: string;
  names: string[];
  /** bytes */
  size: number;
  /** ms since the epoch */
  createdAt: number;
}

/** Beside the `message` of an answer of 400 or more, where the page can offer a way out. */
export type ProblemReason = "workstation-broken" | "engine-away" | "expired" | "waiting" | "too-many";

/** The name that stands for the learner's workstation wherever a container is asked for. */
export const workstation = "workstation";

export const openTerminalSchema = z.object({
  container: z
    .string()
    .max(128)
    .regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/),
  columns: z.number().int().min(2).max(1000),
  rows: z.number().int().min(1).max(500),
});
export type OpenTerminal = z.infer<typeof openTerminalSchema>;

/** A shell in the state before or after a step of a build, in a terminal. */
export const stepShellSchema = z.object({
  at: z.enum(["before", "after"]),
  columns: z.number().int().min(2).max(1000),
  rows: z.number().int().min(1).max(500),
});
export type OpenStepShell = z.infer<typeof stepShellSchema>;

export const resumeBuildSchema = z.object({ container: z.string().regex(/^[a-f0-9]{64}$/) });

export const openPreviewSchema = z.object({
  container: z.string().regex(/^[a-f0-9]{12,64}$/),
  port: z.number().int().min(1).max(65535),
});
export type OpenPreview = z.infer<typeof openPreviewSchema>;

export const renameRequestSchema = z.object({ from: relativePath.min(1), to: relativePath.min(1) });

export const shareWorkspaceSchema = z.object({
  title: z.string().trim().max(120),
  /** builds to record, the page's own choice; the latest one if undefined */
  buildId: z.string().max(128).exactOptional(),
  /** how wide the page's terminals are */
  columns: z.number().int().min(2).max(1000).exactOptional(),
});
export type ShareWorkspace = z.infer<typeof shareWorkspaceSchema>;

export const snippetIdPattern = /^[A-Za-z0-9]{14}$/;

/** What a snippet may hold, bytes (of text or of base64). */
export const snippetLimits = {
  files: 300,
  fileBytes: 256 * 1024,
  allFileBytes: 1024 * 1024,
  buildBytes: 512 * 1024,
  outputBytes: 64 * 1024,
  outputs: 6,
  /** of those, terminals */
  terminals: 3,
} as const;

export interface SnippetFile {
  path: string;
  encoding: "utf8" | "base64";
  content: string;
  executable: boolean;
}

/** Output as it was when the snippet was made: a container's, or what a terminal showed. */
export interface SnippetOutput {
  kind: "container" | "terminal";
  title: string;
  /** raw, with its escape sequences */
  text: string;
  exitCode?: number;
  ending?: NonNullable<ContainerView["ending"]>;
  /** a terminal's width when it was recorded, if the page told it */
  columns?: number;
  /** bytes left out at the beginning */
  omitted: number;
}

export interface SnippetBuild {
  summary: BuildSummary;
  events: BuildEvent[];
}

/** Immutable once made. */
export interface Snippet {
  id: string;
  title: string;
  /** ms since the epoch */
  createdAt: number;
  /** the version before it: what its workspace was last shared as, or forked from */
  parent?: string;
  files: SnippetFile[];
  /** paths left out because of the limits */
  omittedFiles: string[];
  build?: SnippetBuild;
  outputs: SnippetOutput[];
  /** titles of outputs left out because of the limits; undefined in recordings of before */
  omittedOutputs?: string[];
}

/** One of the snippets that came of each other. */
export interface SnippetVersion {
  id: string;
  title: string;
  /** ms since the epoch */
  createdAt: number;
}

export interface PlaygroundStatus {
  engine: "up" | "down";
  details?: EngineStatus;
}
