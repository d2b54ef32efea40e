import { lookup } from "node:dns/promises";
import { engineAnswers, engineRequest, engineStatus } from "../engine-client.ts";
import { webAnswers } from "../processes.ts";
import type { Settings } from "../settings.ts";
import { bad, type Finding, ok } from "./finding.ts";

const probeName = "debian.org";

/** Checks that need a running engine; without one, a note that says so. */
export async function checkEngine(settings: Settings): Promise<Finding[]> {
  if (!(await engineAnswers(settings))) {
    return [
      bad(
        "note",
        "drydockd",
        "does not run, so base images and DNS in containers were not checked",
        "sudo ./drydock up",
      ),
    ];
  }
  const { baseImages, problems } = await engineStatus(settings);
  const images = baseImages.map((image) => {
    const name = `base image ${image.name}`;
    if (image.error !== undefined)
      return bad("warning", name, image.error, "give one yourself: ./drydock images load FILE.tar");
    return ok(
      name,
      image.ready ? (image.standIn ? "ready (local stand-in)" : "ready") : "will be made when it is first used",
    );
  });
  const web = (await webAnswers(settings))
    ? ok("web", "answers")
    : bad("warning", "web", "does not answer", "see ./drydock logs");
  return [
    ok("drydockd", "answers"),
    web,
    ...images,
    ...problems.map((problem) => bad("warning", "drydockd", problem, "see ./drydock logs")),
    await checkContainerDns(settings),
  ];
}

/** Looks a name up from inside a container, and on the host, so that a machine without internet is told apart from broken DNS. */
async function checkContainerDns(settings: Settings): Promise<Finding> {
  const name = "DNS in a container";
  const created = await engineRequest(settings, "POST", "/v1.43/containers/create", {
    Image: "busybox",
    Cmd: ["nslookup", probeName],
  });
  if (created.status !== 201)
    return bad("warning", name, `no container could be made: ${created.text}`, "see ./drydock logs");
  const { Id: id } = JSON.parse(created.text) as { Id: string };
  try {
    const started = await engineRequest(settings, "POST", `/v1.43/containers/${id}/start`);
    if (started.status >= 300)
      return bad("warning", name, `the container did not start: ${started.text}`, "see ./drydock logs");
    const waited = await engineRequest(settings, "POST", `/v1.43/containers/${id}/wait`);
    const { StatusCode: code } = JSON.parse(waited.text) as { StatusCode: number };
    if (code === 0) return ok(name, `${probeName} is found`);
    const onHost = await lookup(probeName).then(
      () => true,
      () => false,
    );
    return onHost
      ? bad(
          "warning",
          name,
          `${probeName} is found on the host but not in a container`,
          "is a firewall dropping forwarded traffic? see 'nft list ruleset'",
        )
      : bad(
          "note",
          name,
          `${probeName} is found neither in a container nor on the host`,
          "this machine has no internet names; containers still find each other",
        );
  } finally {
    await engineRequest(settings, "DELETE", `/v1.43/containers/${id}?force=1`);
  }
}
