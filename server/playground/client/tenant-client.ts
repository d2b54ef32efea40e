import type { IncomingMessage } from "node:http";
import type { BuildRecord, ChangedFile, StepShell, StepShellStart } from "../../contract/build-record.ts";
import type {
  BuildStart,
  BuildSummary,
  CheckFindings,
  CheckPage,
  ContainerEnding,
  DirectoryListing,
  FileEntry,
  LimitUsage,
  ListeningPort,
  TerminalStart,
  TerminalSummary,
} from "../../contract/extension-api.ts";
import type { RunAnatomy } from "../../contract/run-anatomy.ts";
import type { CheckText } from "../../contract/playground-api.ts";
import { DockerClient } from "./docker-client.ts";
import type { UnixClient } from "./unix-client.ts";

const base = "/drydock/v1";

function stepPath(build: string, step: string): string {
  return `${base}/builds/${encodeURIComponent(build)}/steps/${encodeURIComponent(step)}`;
}

/** One tenant's socket: the extension (here) and Docker's API (`docker`). */
export class TenantClient {
  readonly http: UnixClient;
  readonly docker: DockerClient;
  /** the same for what we ask again and again by ourselves, which the learner is not shown */
  readonly quietDocker: DockerClient;

  constructor(http: UnixClient) {
    this.http = http;
    this.docker = new DockerClient(http);
    this.quietDocker = new DockerClient({
      open: (path, options) => http.open(path, { ...options, quiet: true }),
      json: (path, options) => http.json(path, { ...options, quiet: true }),
      done: (path, options) => http.done(path, { ...options, quiet: true }),
    });
  }

  requests(from: number, signal: AbortSignal): Promise<IncomingMessage> {
    return this.http.open(`${base}/requests`, { query: { from: String(from) }, signal });
  }

  /** Somebody uses it. */
  noteActivity(): Promise<void> {
    return this.http.json(`${base}/activity`, { method: "POST" });
  }

  files(): Promise<FileEntry[]> {
    return this.http.json(`${base}/workspace/files`);
  }

  readFile(path: string, signal?: AbortSignal): Promise<IncomingMessage> {
    return this.http.open(`${base}/workspace/file`, { query: { path }, ...(signal && { signal }) });
  }

  /** @param options `ifMatch`: the version that the file must be at, else a Problem 409 */
  writeFile(
    path: string,
    body: Uint8Array,
    { executable, ifMatch, signal }: { executable?: boolean; ifMatch?: string; signal?: AbortSignal } = {},
  ): Promise<FileEntry> {
    const query = { path, executable: executable === true ? "1" : undefined };
    const headers = ifMatch === undefined ? {} : { "if-match": `"${ifMatch}"` };
    const options = { method: "PUT", query, headers, body, ...(signal && { signal }) };
    return this.http.json(`${base}/workspace/file`, options);
  }

  makeDirectory(path: string): Promise<FileEntry> {
    return this.http.json(`${base}/workspace/directory`, { method: "POST", query: { path } });
  }

  changes(signal: AbortSignal): Promise<IncomingMessage> {
    return this.http.open(`${base}/workspace/changes`, { signal });
  }

  startBuild(start: BuildStart): Promise<BuildSummary> {
    return this.http.json(`${base}/builds`, { method: "POST", json: start });
  }

  check(dockerfile: CheckText): Promise<CheckFindings> {
    return this.http.json(`${base}/checks`, { method: "POST", json: dockerfile });
  }

  checkPage(name: string, language: string | undefined): Promise<CheckPage> {
    return this.http.json(`${base}/checks/${encodeURIComponent(name)}`, { query: { language } });
  }

  builds(): Promise<BuildSummary[]> {
    return this.http.json(`${base}/builds`);
  }

  /** The list now, and whenever it has changed. */
  watchBuilds(signal: AbortSignal): Promise<IncomingMessage> {
    return this.http.open(`${base}/builds`, { query: { follow: "1" }, signal });
  }

  /** Why each of its steps ran. */
  buildRecord(id: string): Promise<BuildRecord> {
    return this.http.json(`${base}/builds/${encodeURIComponent(id)}/record`);
  }

  /** Both sides of a file that made a step run again. */
  changedFile(id: string, step: string, path: string): Promise<ChangedFile> {
    return this.http.json(`${stepPath(id, step)}/changed-file`, { query: { path } });
  }

  openStepShell(id: string, step: string, start: StepShellStart): Promise<StepShell> {
    return this.http.json(`${stepPath(id, step)}/shell`, { method: "POST", json: start });
  }

  resumeBuild(id: string, step: string, container: string): Promise<BuildSummary> {
    return this.http.json(`${stepPath(id, step)}/resume`, { method: "POST", json: { container } });
  }

  cancelBuild(id: string): Promise<void> {
    return this.http.done(`${base}/builds/${encodeURIComponent(id)}/cancel`, { method: "POST" });
  }

  /** What it made, as an archive: `tar` has the files alone, `docker` the image, which is an OCI layout too. */
  buildOutput(id: string, type: "tar" | "docker"): Promise<IncomingMessage> {
    return this.http.open(`${base}/builds/${encodeURIComponent(id)}/output`, { query: { type } });
  }

  buildEvents(id: string, from: number, signal: AbortSignal): Promise<IncomingMessage> {
    const path = `${base}/builds/${encodeURIComponent(id)}/events`;
    return this.http.open(path, { query: { from: String(from) }, signal });
  }

  startTerminal(start: TerminalStart): Promise<TerminalSummary> {
    return this.http.json(`${base}/terminals`, { method: "POST", json: start });
  }

  terminals(): Promise<TerminalSummary[]> {
    return this.http.json(`${base}/terminals`);
  }

  /** The offset of the answer's first byte is in `X-Drydock-Offset`. */
  terminalOutput(id: string, offset: number, signal: AbortSignal): Promise<IncomingMessage> {
    const path = `${base}/terminals/${encodeURIComponent(id)}/output`;
    return this.http.open(path, { query: { offset: String(offset) }, signal });
  }

  terminalInput(id: string, body: Uint8Array): Promise<void> {
    return this.http.done(`${base}/terminals/${encodeURIComponent(id)}/input`, { method: "POST", body });
  }

  resizeTerminal(id: string, columns: number, rows: number): Promise<void> {
    const path = `${base}/terminals/${encodeURIComponent(id)}/resize`;
    return this.http.done(path, { method: "POST", json: { columns, rows } });
  }

  endTerminal(id: string): Promise<void> {
    return this.http.done(`${base}/terminals/${encodeURIComponent(id)}`, { method: "DELETE" });
  }

  containerOutput(id: string, offset: number, signal: AbortSignal): Promise<IncomingMessage> {
    const path = `${base}/containers/${encodeURIComponent(id)}/output`;
    return this.http.open(path, { query: { offset: String(offset) }, signal });
  }

  /** The last lines it has logged; ends with them. A Problem 501 when its log driver keeps nothing. */
  lastContainerOutput(id: string, lines: number, signal: AbortSignal): Promise<IncomingMessage> {
    const path = `${base}/containers/${encodeURIComponent(id)}/output`;
    return this.http.open(path, { query: { tail: String(lines) }, signal });
  }

  containerDirectory(id: string, path: string): Promise<DirectoryListing> {
    return this.http.json(`${base}/containers/${encodeURIComponent(id)}/directory`, { query: { path } });
  }

  anatomy(id: string): Promise<RunAnatomy> {
    return this.http.json(`${base}/containers/${encodeURIComponent(id)}/anatomy`);
  }

  ports(id: string): Promise<ListeningPort[]> {
    return this.http.json(`${base}/containers/${encodeURIComponent(id)}/ports`);
  }

  ending(id: string): Promise<ContainerEnding> {
    return this.http.json(`${base}/containers/${encodeURIComponent(id)}/ending`);
  }

  limits(): Promise<LimitUsage> {
    return this.http.json(`${base}/limits`);
  }
}
