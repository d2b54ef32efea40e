import type { ShellContainer, ShellMount } from "../../engine/builds/step-shells.ts";
import type { MountRequest, NewContainer } from "../../engine/containers/container.ts";
import { newContainer } from "./container-request.ts";
import { createContainerSchema } from "./schemas.ts";

/** `docker run --rm -it` with that program alone: no entrypoint, health check or volumes of the image's. */
export function shellContainer({ image, cmd, user, env, workingDir, labels, mounts }: ShellContainer): NewContainer {
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
  const request = newContainer(body, undefined);
  request.host.mounts.push(...mounts.map(mountRequest));
  return request;
}

function mountRequest(mount: ShellMount): MountRequest {
  const { target } = mount;
  switch (mount.type) {
    case "tmpfs":
      return {
        type: "tmpfs",
        source: "",
        target,
        readonly: mount.readonly === true,
        ...(mount.size === undefined ? {} : { tmpfsSize: mount.size }),
      };
    case "image":
      return {
        type: "image",
        source: mount.image,
        target,
        readonly: mount.writable !== true,
        ...(mount.writable === true ? { ofEngine: true } : {}),
        ...(mount.path === "" ? {} : { imageSubpath: mount.path }),
      };
    default:
      return {
        type: "bind",
        source: mount.directory,
        target,
        readonly: mount.readonly,
        ofEngine: true,
        ...(mount.part === "" ? {} : { bindSubpath: mount.part }),
      };
  }
}
