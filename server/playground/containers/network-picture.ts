import { z } from "zod";
import type { NetworkPicture, PicturedContainer, PicturedNetwork } from "../../contract/network-picture.ts";
import { stepLabel } from "../../contract/build-record.ts";
import { workstation } from "../../contract/playground-api.ts";
import type { DockerClient } from "../client/docker-client.ts";

/** `GET /networks`, what is used of it. */
const networksSchema = z.array(
  z.object({
    Id: z.string(),
    Name: z.string(),
    Driver: z.string(),
    Internal: z.boolean(),
    IPAM: z.object({
      Config: z.array(z.object({ Subnet: z.string().optional(), Gateway: z.string().optional() })).nullish(),
    }),
  }),
);

/** `GET /containers/json`, what is used of it. */
const containersSchema = z.array(
  z.object({
    Id: z.string(),
    Names: z.array(z.string()),
    State: z.string(),
    Labels: z.record(z.string(), z.string()).nullish(),
    Ports: z
      .array(
        z.object({
          IP: z.string().optional(),
          PrivatePort: z.number(),
          PublicPort: z.number().optional(),
          Type: z.string(),
        }),
      )
      .nullish(),
    NetworkSettings: z.object({
      Networks: z.record(z.string(), z.object({ NetworkID: z.string(), IPAddress: z.string() })).nullish(),
    }),
  }),
);

/** Docker's own networks: names are not served on them. */
const predefined = new Set(["bridge", "host", "none"]);

/** Two questions, since Docker tells of a network's containers only while they run. */
export async function picture(docker: DockerClient): Promise<NetworkPicture> {
  const [networks, containers] = await Promise.all([docker.networks(), docker.containersRaw()]);
  const known = networksSchema.parse(networks).map(toNetwork);
  const own = containersSchema.parse(containers).filter(({ Labels }) => Labels?.[stepLabel] === undefined);
  return { networks: known, containers: own.map((container) => toContainer(container, known)) };
}

function toNetwork({ Id, Name, Driver, Internal, IPAM }: z.infer<typeof networksSchema>[number]): PicturedNetwork {
  const config = IPAM.Config ?? [];
  return {
    id: Id,
    name: Name,
    driver: Driver,
    subnets: config.flatMap(({ Subnet }) => Subnet ?? []),
    gateway: config[0]?.Gateway ?? "",
    internal: Internal,
    names: !predefined.has(Name),
  };
}

function toContainer(
  { Id, Names, State, Ports, NetworkSettings }: z.infer<typeof containersSchema>[number],
  networks: readonly PicturedNetwork[],
): PicturedContainer {
  const name = Names[0]?.replace(/^\//, "") ?? Id.slice(0, 12);
  return {
    id: Id,
    name,
    running: State === "running" || State === "paused",
    workstation: name === workstation,
    places: Object.entries(NetworkSettings.Networks ?? {}).flatMap(([key, { NetworkID, IPAddress }]) => {
      const network = networks.find(({ id, name: each }) => id === NetworkID || each === key);
      return network === undefined ? [] : [{ network: network.id, address: IPAddress }];
    }),
    published: (Ports ?? []).flatMap(({ IP = "", PrivatePort, PublicPort, Type }) =>
      PublicPort === undefined ? [] : [{ protocol: Type, containerPort: PrivatePort, address: IP, port: PublicPort }],
    ),
  };
}
