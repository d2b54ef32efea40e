import { createHash } from "node:crypto";

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"; // RFC 4648, section 6

/**
 * The identifier of `docker info`, in the form that the Engine API's document shows (`7TRN:IPZB:…`, twelve groups of
 * four): the same for as long as the engine keeps its data, another for each tenant.
 */
export function engineId(host: { hostname: string; dataRoot: string }, tenant: string): string {
  const bytes = createHash("sha256").update([host.hostname, host.dataRoot, tenant].join("\0")).digest().subarray(0, 30);
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  const text = (bits.match(/.{5}/g) ?? []).map((five) => letters[Number.parseInt(five, 2)]).join("");
  return (text.match(/.{4}/g) ?? []).join(":");
}
