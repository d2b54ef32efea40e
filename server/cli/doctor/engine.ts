import { engineAnswers, engineRequest, engineStatus } from "../engine-client.ts";
import { imageState } from "../image-state.ts";
import { supervisorPid, webAnswers } from "../processes.ts";
import type { Settings } from "../settings.ts";
import { bad, type Finding, ok } from "./finding.ts";
import { isFoundOnHost, probeName } from "./names.ts";

/** Checks that need a running engine; without one, a note that says so. */
export async function checkEngine(settings: Settings, isFound = isFoundOnHost): Promise<Finding[]> {
  if (!(await engineAnswers(settings))) {
    const down = supervisorPid(settings) === undefined;
    return [
      bad(
        down ? "note" : "warning",
        "drydockd",
        "does not answer, so DNS was not tried in a container",
        down ? "sudo ./drydock up" : "see sudo ./drydock logs",
      ),
    ];
  }
  const { baseImages, problems } = await engineStatus(settings);
  const images = baseImages.map((image) => {
    const name = `base image ${image.name}`;
    if (image.error !== undefined)
      return bad("warning", name, image.error, "give one yourself: sudo ./drydock images load FILE.tar");
    if (image.making)
      return bad("note", name, imageState(image), "nothing to do: sudo ./drydock status tells when it is ready");
    return ok(name, imageState(image));
  });
  if (images.length === 0) {
    images.push(
      bad(
        "note",
        "base images",
        "none can be made on this machine",
        "they come from a registry, or give one: sudo ./drydock images load FILE.tar",
      ),
    );
  }
  const web = (await webAnswers(settings))
    ? ok("web", "answers")
    : bad("warning", "web", "does not answer", "see sudo ./drydock logs");
  return [
    ok("drydockd", "answers"),
    web,
    ...images,
    ...problems.map((problem) => bad("warning", "drydockd", problem, "see sudo ./drydock logs")),
    await checkContainerDns(
      settings,
      baseImages.filter((image) => image.ready).map((image) => image.name),
      isFound,
    ),
  ];
}

/** Looks a name up from inside a container, and on the host, so that a machine without internet is told apart from broken DNS. */
async function checkContainerDns(
  settings: Settings,
  images: string[],
  isFound: (name: string) => Promise<boolean>,
): Promise<Finding> {
  const name = "DNS in a container";
  // busybox has nslookup, and the others getent
  const image = images.includes("busybox") ? "busybox" : images[0];
  if (image === undefined) return bad("note", name, "was not tried: no base image is ready", "run doctor again later");
  const probe = probeName();
  const command = image === "busybox" ? ["nslookup", probe] : ["getent", "hosts", probe];
  const outcome = await runContainer(settings, image, command);
  if (outcome.problem !== undefined) return bad("warning", name, outcome.problem, "see sudo ./drydock logs");
  if (outcome.code === 0) return ok(name, `${probe} is found`);
  return (await isFound(probe))
    ? bad(
        "warning",
        name,
        `${probe} is found on the host but not in a container`,
        "is a firewall dropping forwarded traffic? see 'nft list ruleset'",
      )
    : bad(
        "note",
        name,
        `${probe} is found neither in a container nor on the host`,
        "this machine has no internet names; containers still find each other",
      );
}

/** Leaves nothing: an image that was not there before goes again. */
async function runContainer(
  settings: Settings,
  image: string,
  command: string[],
): Promise<{ code?: number; problem?: string }> {
  const create = () => engineRequest(settings, "POST", "/v1.43/containers/create", { Image: image, Cmd: command });
  let created = await create();
  const pulled = created.status === 404;
  if (pulled) {
    await engineRequest(settings, "POST", `/v1.43/images/create?fromImage=${encodeURIComponent(image)}&tag=latest`);
    created = await create();
  }
  if (created.status !== 201) return { problem: `no container could be made: ${messageIn(created.text)}` };
  const { Id: id } = JSON.parse(created.text) as { Id: string };
  try {
    const started = await engineRequest(settings, "POST", `/v1.43/containers/${id}/start`);
    if (started.status >= 300) return { problem: `the container did not start: ${messageIn(started.text)}` };
    const waited = await engineRequest(settings, "POST", `/v1.43/containers/${id}/wait`);
    return { code: (JSON.parse(waited.text) as { StatusCode: number }).StatusCode };
  } finally {
    await engineRequest(settings, "DELETE", `/v1.43/containers/${id}?force=1&v=1`);
    if (pulled) await engineRequest(settings, "DELETE", `/v1.43/images/${encodeURIComponent(image)}`);
  }
}

function messageIn(text: string): string {
  return (JSON.parse(text) as { message?: string }).message ?? text;
}
