import type { BuildRecord, ChangedFile, StepShell } from "#contract/build-record.ts";
import type {
  BuildStart,
  BuildSummary,
  CheckFindings,
  CheckPage,
  FileEntry,
  LimitUsage,
  TerminalSummary,
} from "#contract/extension-api.ts";
import type { NetworkPicture } from "#contract/network-picture.ts";
import type {
  ContainerAction,
  ExampleSummary,
  ImageView,
  OpenStepShell,
  OpenWorkspace,
  PlaygroundStatus,
  RunContainer,
  ShareWorkspace,
  Snippet,
  SnippetVersion,
  WorkspaceView,
} from "#contract/playground-api.ts";
import type { EmbedSites, LiveSnippet } from "#contract/sharing.ts";
import type { AcceptInvitation, InvitationCard, LookAtInvitation } from "#contract/together.ts";
import { ContainerDetailsApi } from "./container-details-api.ts";
import { MembersApi } from "./members-api.ts";
import { json, pathQuery, send } from "./http.ts";
import { pageLanguage } from "./language.ts";

export { ApiError, errorText, ifThere, isPassing } from "./http.ts";

export const openWorkspace = (options: OpenWorkspace): Promise<WorkspaceView> =>
  json("POST", "/api/workspaces/open", { language: pageLanguage(), ...options } satisfies OpenWorkspace);
export const lookAtInvitation = (token: string): Promise<InvitationCard> =>
  json("POST", "/api/invitations/look", { token } satisfies LookAtInvitation);
export const acceptInvitation = (invitation: AcceptInvitation): Promise<WorkspaceView> =>
  json("POST", "/api/invitations/accept", invitation);
export const playgroundStatus = (): Promise<PlaygroundStatus> => json("GET", "/api/status");
export const listExamples = (): Promise<ExampleSummary[]> => json("GET", "/api/examples");
export const findSnippet = (id: string): Promise<Snippet> => json("GET", `/api/snippets/${encodeURIComponent(id)}`);
export const snippetVersions = (id: string): Promise<SnippetVersion[]> =>
  json("GET", `/api/snippets/${encodeURIComponent(id)}/versions`);
export const embedSites = (): Promise<EmbedSites> => json("GET", "/api/embed-sites");
export const goLive = (id: string): Promise<LiveSnippet> =>
  json("POST", `/api/snippets/${encodeURIComponent(id)}/live`);
export const forkSnippet = (id: string): Promise<WorkspaceView> =>
  json("POST", `/api/snippets/${encodeURIComponent(id)}/fork`);

/** A file as the engine has it; `version` goes back with a change of it. */
export interface LoadedFile {
  bytes: Uint8Array<ArrayBuffer>;
  version: string;
}

/** The API of one workspace. */
export class WorkspaceApi {
  readonly base: string;
  /** what is shown of one container */
  readonly details: ContainerDetailsApi;
  /** who may come in */
  readonly members: MembersApi;

  constructor(id: string) {
    this.base = `/api/w/${encodeURIComponent(id)}`;
    this.members = new MembersApi(this.base);
    this.details = new ContainerDetailsApi(this.base);
  }

  rename(name: string): Promise<WorkspaceView> {
    return json("POST", `${this.base}/name`, { name });
  }

  /** The workspace with all that is in it. */
  discard(): Promise<void> {
    return json("DELETE", this.base);
  }

  record(): Promise<Snippet> {
    return json("GET", `${this.base}/record`);
  }

  limits(): Promise<LimitUsage> {
    return json("GET", `${this.base}/limits`);
  }

  /** Somebody is there. */
  stay(): Promise<void> {
    return json("POST", `${this.base}/activity`);
  }

  files(): Promise<FileEntry[]> {
    return json("GET", `${this.base}/files`);
  }

  async readFile(path: string): Promise<LoadedFile> {
    const response = await send("GET", this.fileUrl(path));
    return { bytes: new Uint8Array(await response.arrayBuffer()), version: unquote(response.headers.get("etag")) };
  }

  async writeFile(path: string, body: BodyInit): Promise<FileEntry> {
    const headers = { "content-type": "application/octet-stream" };
    const response = await send("PUT", this.fileUrl(path), { body, headers });
    return (await response.json()) as FileEntry;
  }

  removeFile(path: string): Promise<void> {
    return json("DELETE", this.fileUrl(path));
  }

  makeDirectory(path: string): Promise<FileEntry> {
    return json("POST", `${this.base}/directory?${pathQuery(path)}`);
  }

  renameFile(from: string, to: string): Promise<FileEntry> {
    return json("POST", `${this.base}/rename`, { from, to });
  }

  fileUrl(path: string): string {
    return `${this.base}/file?${pathQuery(path)}`;
  }

  /** @param directory "" is the whole workspace */
  tarUrl(directory = ""): string {
    return `${this.base}/tar${directory === "" ? "" : `?${pathQuery(directory)}`}`;
  }

  async unpackTar(tar: Blob): Promise<{ files: number }> {
    return (await (await send("POST", `${this.base}/tar`, { body: tar })).json()) as { files: number };
  }

  checkDockerfile(name: string, text: string): Promise<CheckFindings> {
    return json("POST", `${this.base}/checks`, { name, text });
  }

  checkPage(name: string): Promise<CheckPage> {
    return json("GET", `${this.base}/checks/${encodeURIComponent(name)}?language=${pageLanguage()}`);
  }

  startBuild(start: BuildStart): Promise<BuildSummary> {
    return json("POST", `${this.base}/builds`, start);
  }

  /** An archive of what it made: the image, or its files alone. */
  buildOutputUrl(id: string, type: "docker" | "tar"): string {
    return `${this.base}/builds/${encodeURIComponent(id)}/output?type=${type}`;
  }

  /** Undefined for a build that has none. */
  buildRecord(id: string): Promise<BuildRecord | undefined> {
    return json("GET", `${this.base}/builds/${encodeURIComponent(id)}/record`);
  }

  changedFile(build: string, step: string, path: string): Promise<ChangedFile> {
    return json("GET", `${this.#step(build, step)}/changed-file?${pathQuery(path)}`);
  }

  openStepShell(build: string, step: string, start: OpenStepShell): Promise<StepShell> {
    return json("POST", `${this.#step(build, step)}/shell`, start);
  }

  /** A new build that goes on from what the shell has changed; the shell ends. */
  resumeBuild(build: string, step: string, container: string): Promise<BuildSummary> {
    return json("POST", `${this.#step(build, step)}/resume`, { container });
  }

  #step(build: string, step: string): string {
    return `${this.base}/builds/${encodeURIComponent(build)}/steps/${encodeURIComponent(step)}`;
  }

  cancelBuild(id: string): Promise<void> {
    return json("POST", `${this.base}/builds/${encodeURIComponent(id)}/cancel`);
  }

  runContainer(run: RunContainer): Promise<{ id: string }> {
    return json("POST", `${this.base}/containers`, run);
  }

  act(container: string, action: ContainerAction): Promise<void> {
    return json("POST", `${this.base}/containers/${container}/${action}`);
  }

  removeContainer(container: string): Promise<void> {
    return json("DELETE", `${this.base}/containers/${container}`);
  }

  networks(): Promise<NetworkPicture> {
    return json("GET", `${this.base}/networks`);
  }

  images(): Promise<ImageView[]> {
    return json("GET", `${this.base}/images`);
  }

  terminals(): Promise<TerminalSummary[]> {
    return json("GET", `${this.base}/terminals`);
  }

  openTerminal(container: string, columns: number, rows: number): Promise<TerminalSummary> {
    return json("POST", `${this.base}/terminals`, { container, columns, rows });
  }

  endTerminal(id: string): Promise<void> {
    return json("DELETE", `${this.base}/terminals/${encodeURIComponent(id)}`);
  }

  /** Takes it away but for the files of /workspace: the next terminal makes it anew. */
  removeWorkstation(): Promise<void> {
    return json("DELETE", `${this.base}/workstation`);
  }

  preview(container: string, port: number): Promise<{ url: string }> {
    return json("POST", `${this.base}/previews`, { container, port });
  }

  share(share: ShareWorkspace): Promise<{ id: string }> {
    return json("POST", `${this.base}/snippets`, share);
  }

  /** What this browser has shared, from any of its workspaces. */
  shared(): Promise<SnippetVersion[]> {
    return json("GET", `${this.base}/snippets`);
  }

  takeBack(snippet: string): Promise<void> {
    return json("DELETE", `${this.base}/snippets/${encodeURIComponent(snippet)}`);
  }
}

function unquote(etag: string | null): string {
  return (etag ?? "").replace(/^W\//, "").replaceAll('"', "");
}
