import type { Api } from "./api.ts";
import { contextTar } from "./fixtures.ts";

/* What learners do, whoever measures it. */

let serial = 0;

/** A build of one step that no cache has. */
export async function build(api: Api): Promise<void> {
  serial += 1;
  const dockerfile = `FROM bench\nRUN echo ${process.pid} ${serial} > /made\n`;
  await api.call("POST", `/build?t=made&forcerm=1`, contextTar({ Dockerfile: dockerfile }));
}

export async function runExec(api: Api, id: string): Promise<void> {
  const { Id } = await api.json<{ Id: string }>("POST", `/containers/${id}/exec`, {
    Cmd: ["true"],
    AttachStdout: true,
  });
  await api.call("POST", `/exec/${Id}/start`, { Detach: false });
}
