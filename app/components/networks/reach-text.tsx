import type { ReactNode } from "react";
import type { NetworkPicture, PicturedContainer } from "#contract/network-picture.ts";
import { messages } from "../../lib/messages.ts";
import { getsOut, reachedFrom } from "./reach.ts";

const words = messages.running;

/** Whom the chosen container reaches, and from where it is reached, in sentences. */
export function ReachText({
  picture,
  container,
}: {
  picture: NetworkPicture;
  container: PicturedContainer;
}): ReactNode {
  if (!container.running) return <>{words.networks.notRunning(container)}</>;
  const reached = reachedFrom(picture, container);
  const sentences = [
    ...(reached.length === 0 ? [words.networks.nobody(container)] : []),
    ...reached.map(({ container: other, network, address, byName }) =>
      (byName ? words.networks.reachesByName : words.networks.reaches)({
        from: container.name,
        to: other.name,
        address,
        network: network.name,
      }),
    ),
    getsOut(picture, container) ? words.networks.out(container) : words.networks.notOut(container),
    ...new Set(
      container.published.map(({ port, containerPort }) =>
        words.networks.publishedAs({ port, name: container.name, inside: containerPort }),
      ),
    ),
  ];
  return sentences.map((sentence) => (
    <span key={sentence} className="block">
      {sentence}
    </span>
  ));
}
