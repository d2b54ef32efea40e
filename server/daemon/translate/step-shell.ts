import type { ShellContainer } from "../../engine/builds/step-shells.ts";
import type { NewContainer } from "../../engine/containers/container.ts";
import { newContainer } from "./container-request.ts";
import { createContainerSchema } from "./schemas.ts";

/** `docker run --rm -it` with that program alone: no entrypoint, health check or volumes of the image's. */
export function shellContainer({ image, cmd, user, env, workingDir, labels }: ShellContainer): NewContainer {
  const body = createContainerSchema.parse({
    Image: image,
    Entrypoint: cmd,
    User: user,
    Env: env,
    WorkingDir: workingDir,
    Labels: labels,
    Tty: true,
    OpenStdin: true,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    Healthcheck: { Test: ["NONE"] },
    HostConfig: { AutoRemove: true },
  });
  return newContainer(body, undefined);
}
