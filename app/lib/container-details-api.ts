import type { ContainerProcesses } from "#contract/container-views.ts";
import type { DirectoryListing } from "#contract/extension-api.ts";
import type { RunAnatomy } from "#contract/run-anatomy.ts";
import { json, pathQuery, send } from "./http.ts";

/** What the page shows of one container of a workspace (server/contract/container-views.ts). */
export class ContainerDetailsApi {
  readonly #base: string;

  /** @param base of the workspace */
  constructor(base: string) {
    this.#base = `${base}/containers`;
  }

  inspect(id: string): Promise<unknown> {
    return json("GET", `${this.#base}/${id}/inspect`);
  }

  /** @param again asked by the page itself, after the learner has */
  processes(id: string, again: boolean): Promise<ContainerProcesses> {
    return json("GET", `${this.#base}/${id}/top${again ? "?again=1" : ""}`);
  }

  anatomy(id: string): Promise<RunAnatomy> {
    return json("GET", `${this.#base}/${id}/anatomy`);
  }

  directory(id: string, path: string): Promise<DirectoryListing> {
    return json("GET", `${this.#base}/${id}/directory?${pathQuery(path)}`);
  }

  async readFile(id: string, path: string): Promise<Uint8Array<ArrayBuffer>> {
    return new Uint8Array(await (await send("GET", this.fileUrl(id, path))).arrayBuffer());
  }

  async writeFile(id: string, path: string, body: BodyInit): Promise<void> {
    const headers = { "content-type": "application/octet-stream" };
    await send("PUT", this.fileUrl(id, path), { body, headers });
  }

  fileUrl(id: string, path: string): string {
    return `${this.#base}/${id}/file?${pathQuery(path)}`;
  }

  archiveUrl(id: string, path: string): string {
    return `${this.#base}/${id}/archive?${pathQuery(path)}`;
  }

  logUrl(id: string): string {
    return `${this.#base}/${id}/log`;
  }
}
