import type { Place } from "./place.ts";

/** `80`, `80/udp`, `8000-8010/tcp` as single ports with their protocol. @throws BuildError */
export function expandPorts(text: string, place: Place): string[] {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?(?:\/([A-Za-z]+))?$/.exec(text);
  const first = Number(match?.[1]);
  const last = Number(match?.[2] ?? match?.[1]);
  const protocol = (match?.[3] ?? "tcp").toLowerCase();
  if (match === null) {
    const hint = text.includes(":")
      ? "EXPOSE names ports of the container only; which host port leads to it is said by docker run -p"
      : "write a port such as 80 or 53/udp, or a range such as 8000-8010";
    throw place.fail(`invalid containerPort: ${text}`, { hint });
  }
  if (!["tcp", "udp", "sctp"].includes(protocol)) {
    throw place.fail(`invalid proto: ${protocol}`, { hint: "the protocol is tcp, udp or sctp" });
  }
  if (first > 65535 || last > 65535 || first > last) {
    throw place.fail(`invalid containerPort: ${text}`, { hint: "ports go from 0 to 65535" });
  }
  return Array.from({ length: last - first + 1 }, (_, index) => `${first + index}/${protocol}`);
}
