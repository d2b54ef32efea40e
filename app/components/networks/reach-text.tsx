import type { ReactNode } from "react";
import type { NetworkPicture, PicturedContainer } from "#contract/network-picture.ts";
import { running as words } from "../../lib/running-messages.ts";
import { getsOut, reachedFrom } from "./reach.ts";

/** Whom the chosen container reaches, and from where it is reached, in sentences. */
export function ReachText({
  picture,
  container,
}: {
  picture: NetworkPicture;
  container: PicturedContainer;
}): ReactNode {
  if (!container.running) return <>{words.networks.notRunning(container.name)}</>;
  const reached = reachedFrom(picture, container);
  const sentences = [
    ...(reached.length === 0 ? [words.networks.nobody(container.name)] : []),
    ...reached.map(({ container: other, network, address, byName }) =>
      words.networks.reaches(container.name, other.name, address, network.name, byName),
    ),
    getsOut(picture, container) ? words.networks.out(container.name) : words.networks.notOut(container.name),
    ...new Set(
      container.published.map(({ port, containerPort }) =>
        words.networks.publishedAs(port, container.name, containerPort),
      ),
    ),
  ];
  return sentences.map((sentence) => (
    <span key={sentence} className="block">
      {sentence}
    </span>
  ));
}
