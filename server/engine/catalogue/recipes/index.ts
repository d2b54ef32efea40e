import type { HostMachine } from "../host-machine.ts";
import type { Recipe } from "../recipe.ts";
import { busybox } from "./busybox.ts";
import { debian, ubuntu } from "./distribution.ts";
import { gcc } from "./gcc.ts";
import { helloWorld } from "./hello-world.ts";
import { nginx } from "./nginx.ts";
import { node } from "./node.ts";
import { python } from "./python.ts";
import { redis } from "./redis.ts";
import { workstation } from "./workstation.ts";

/** What can be made on this machine, quickest first. */
export function recipesFor(host: HostMachine): Recipe[] {
  return [
    busybox,
    host.distribution === "ubuntu" ? ubuntu : debian,
    workstation,
    helloWorld,
    python,
    node,
    nginx,
    redis,
    gcc,
  ];
}
