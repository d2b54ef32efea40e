import type { ReactNode } from "react";
import type { NetworkPicture, PicturedContainer, PicturedNetwork } from "#contract/network-picture.ts";
import { messages } from "../../lib/messages.ts";
import { drawnNetworks } from "./reach.ts";

const words = messages.running;

interface Row {
  network: PicturedNetwork;
  container?: PicturedContainer;
  address: string;
}

/** The picture in words: a row for each place on a network. */
export function NetworkTable({ picture }: { picture: NetworkPicture }): ReactNode {
  const networks = drawnNetworks(picture);
  const rows = networks.flatMap((network): Row[] => {
    const here = picture.containers.flatMap((container): Row[] => {
      const place = container.places.find((each) => each.network === network.id);
      return place === undefined ? [] : [{ network, container, address: place.address }];
    });
    return here.length === 0 ? [{ network, address: "" }] : here;
  });
  return (
    // A scrolling region must be reachable by keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div role="region" aria-label={words.networks.table} tabIndex={0} className="overflow-x-auto">
      <table className="w-full border-collapse text-left text-xs">
        <caption className="sr-only">{words.networks.table}</caption>
        <thead>
          <tr>
            {Object.values(words.networks.columns).map((title) => (
              <th
                key={title}
                scope="col"
                className="px-1.5 py-1 font-medium text-ink-soft first:pl-0 last:pr-0 max-[600px]:last:hidden"
              >
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ network, container, address }) => (
            <tr key={`${network.id}-${container?.id ?? ""}`} className="border-t border-line align-top">
              <td className="px-1.5 py-0.5 first:pl-0 last:pr-0">
                {network.name}
                <span className="block font-mono text-2xs text-ink-faint">{network.subnets.join(" ")}</span>
              </td>
              <td className="px-1.5 py-0.5 first:pl-0 last:pr-0">
                {container?.name ?? "–"}
                {/* A phone has no room for a column more. */}
                <span className="font-mono text-2xs text-ink-soft min-[601px]:hidden">
                  <Published container={container} />
                </span>
              </td>
              <td className="px-1.5 py-0.5 font-mono first:pl-0 last:pr-0">{address === "" ? "–" : address}</td>
              <td className="px-1.5 py-0.5 font-mono whitespace-nowrap first:pl-0 last:pr-0 max-[600px]:hidden">
                <Published container={container} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Once for an address of each family. */
function Published({ container }: { container: PicturedContainer | undefined }): ReactNode {
  const ports = container?.published.map(({ port, containerPort: inside }) => words.published({ port, inside }));
  return [...new Set(ports)].map((port) => (
    <span key={port} className="block">
      {port}
    </span>
  ));
}
