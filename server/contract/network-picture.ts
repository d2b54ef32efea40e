/**
 * The workspace's networks and who is on them. `GET /api/w/{id}/networks` → NetworkPicture; the workspace's owner alone.
 */
export interface NetworkPicture {
  networks: PicturedNetwork[];
  containers: PicturedContainer[];
}

export interface PicturedNetwork {
  id: string;
  name: string;
  driver: string;
  /** `172.18.0.0/16`; none of `host` and `none` */
  subnets: string[];
  gateway: string;
  /** no way out of it */
  internal: boolean;
  /** its containers find each other by name */
  names: boolean;
}

export interface PicturedContainer {
  id: string;
  name: string;
  running: boolean;
  /** it has the learner's own shell: what is published is reached from here */
  workstation: boolean;
  /** by network id; an address is empty while it does not run */
  places: { network: string; address: string }[];
  published: { protocol: string; containerPort: number; address: string; port: number }[];
}
