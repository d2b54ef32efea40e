import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeAttributes, textOf } from "../../../server/engine/network/netlink/message.ts";
import { type VlanDevice, vlanDevice, type VlanKind } from "../../../server/engine/network/netlink/vlan-device.ts";
import { vlanOptions } from "../../../server/engine/network/vlan-options.ts";

/*
 * Few kernels of test machines have ipvlan, so its messages are compared with those of ip(8) (iproute2 6.1, shown by
 * strace -e write=all): what stands after the header of the netlink message.
 */

type Shape = Map<number, "text" | Shape>;
const device: Shape = new Map([
  [
    18, // IFLA_LINKINFO
    new Map<number, "text" | Shape>([
      [1, "text"], // IFLA_INFO_KIND: with or without a zero at its end
      [2, new Map()], // IFLA_INFO_DATA
    ]),
  ],
]);

/** Attributes by number, in any order, nested ones too. */
function tree(bytes: Uint8Array, shape: Shape = device): object {
  const found = [...decodeAttributes(bytes)].map(([type, value]) => {
    const inner = shape.get(type);
    if (inner === "text") return [type, textOf(value)];
    return [type, inner === undefined ? Buffer.from(value).toString("hex") : tree(value, inner)];
  });
  return Object.fromEntries(found) as object;
}

const head = "00".repeat(16);

function same(kind: VlanKind, on: VlanDevice, ip: string): void {
  const ours = Buffer.from(vlanDevice(kind, "probe", on));
  assert.equal(ours.subarray(0, 16).toString("hex"), head);
  assert.deepEqual(tree(ours.subarray(16)), tree(Buffer.from(ip.replaceAll(" ", ""), "hex")));
}

test("ipvlan: ip link add link card name probe type ipvlan mode l3s vepa", () => {
  const { mode, flags } = vlanOptions("ipvlan", { ipvlan_mode: "l3s", ipvlan_flag: "vepa" });
  const ip =
    "08000500 03000000 0a000300 70726f62 65000000 24001200 0a000100 6970766c 616e0000 14000200 06000100 02000000" +
    " 06000200 02000000";
  same("ipvlan", { parent: 3, mode, flags }, ip);
});

test("macvlan: ip link add link card name probe address 02:42:00:00:00:77 mtu 1400 type macvlan mode vepa", () => {
  const { mode, flags } = vlanOptions("macvlan", { macvlan_mode: "vepa" });
  const ip =
    "0a000100 02420000 00770000 08000400 78050000 08000500 03000000 0a000300 70726f62 65000000 1c001200 0b000100" +
    " 6d616376 6c616e00 0c000200 08000100 02000000";
  same("macvlan", { parent: 3, mode, flags, mac: "02:42:00:00:00:77", mtu: 1400 }, ip);
});
