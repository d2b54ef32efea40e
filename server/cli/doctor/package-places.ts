import { networkInterfaces } from "node:os";
import type { PolicySummary } from "../../contract/extension-api.ts";
import { readHostMachine } from "../../engine/catalogue/host-machine.ts";
import { type PackageSettings, packageUrls, privateHostsOf, proxyUrls } from "../../engine/catalogue/package-places.ts";
import { isEngineError } from "../../engine/errdefs/errors.ts";
import { formatPrivateHost } from "../../engine/network/private-host.ts";
import { engineAnswers, engineRequest } from "../engine-client.ts";
import type { Settings } from "../settings.ts";
import { bad, type Finding, ok } from "./finding.ts";

/**
 * Whether learners get to where this machine's packages come from, if that is no address of the Internet: its own
 * sources are open (`privateHosts`), a proxy is not, and what listens on the machine itself never is.
 */
export async function checkPackagePlaces(
  settings: Settings,
  machine: () => Promise<PackageSettings> = readHostMachine,
): Promise<Finding[]> {
  let host: PackageSettings;
  try {
    host = await machine();
  } catch (error) {
    if (isEngineError(error, "failed_precondition")) return [];
    throw error;
  }
  const policies = await learnerPolicies(settings);
  return [
    ...(await placesOf(packageUrls(host))).map((place) => sourceFinding(place)),
    ...(await placesOf(proxyUrls(host))).map((place) => proxyFinding(place, policies)),
  ];
}

/** `ADDRESS:PORT` of private networks, and whether that is this machine. Names that are not found are told by `DNS`. */
async function placesOf(urls: readonly URL[]): Promise<{ place: string; own: boolean }[]> {
  const mine = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address));
  const answers = await Promise.allSettled(urls.map((url) => privateHostsOf(url)));
  const hosts = answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
  const places = new Map(hosts.map((host) => [formatPrivateHost(host), mine.includes(host.address)]));
  return [...places].map(([place, own]) => ({ place, own }));
}

const notFromHere = "containers do not reach the machine itself: have it listen elsewhere, or use another";

function sourceFinding({ place, own }: { place: string; own: boolean }): Finding {
  const name = "package source";
  if (own) return bad("warning", name, `${place} is on this machine`, notFromHere);
  return ok(name, `${place} is in a private network, and open to learners unless privateHosts says otherwise`);
}

function proxyFinding({ place, own }: { place: string; own: boolean }, policies: readonly PolicySummary[]): Finding {
  const name = "apt's proxy";
  if (own) return bad("warning", name, `${place} is on this machine`, notFromHere);
  const shut = policies.filter((policy) => !isOpen(policy, place)).map((policy) => policy.name);
  if (shut.length === 0) return ok(name, `${place} is in a private network, and open to learners`);
  const commands = shut.map((policy) => `sudo ./drydock policy set ${policy} privateHosts=+${place}`).join("; ");
  return bad(
    "warning",
    name,
    `${place} is in a private network, and shut to learners (${shut.join(", ")}): their apt fails`,
    `if it passes on nothing to your private networks: ${commands}`,
  );
}

function isOpen({ rules }: PolicySummary, place: string): boolean {
  const value = (name: string) => rules.find((rule) => rule.name === name)?.value;
  const hosts = value("privateHosts");
  return value("privateAddresses") === true || (Array.isArray(hosts) && hosts.includes(place));
}

/** None while no engine answers. */
async function learnerPolicies(settings: Settings): Promise<PolicySummary[]> {
  if (!(await engineAnswers(settings))) return [];
  const { text } = await engineRequest(settings, "GET", "/drydock/v1/policies");
  return (JSON.parse(text) as PolicySummary[]).filter(({ name }) => name !== "open");
}
