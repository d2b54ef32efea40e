import type { ReactNode } from "react";
import type { SnippetCard } from "#contract/sharing.ts";
import { messages } from "../../lib/messages.ts";

const colours = {
  ground: "#0d1419",
  panel: "#16212a",
  line: "#2a3842",
  ink: "#e8eef2",
  soft: "#a9b8c3",
  accent: "#5db4ea",
};

/**
 * The picture that goes with a link, as satori draws it: styles of its own, and only characters that its font has. For
 * any other it would ask a server elsewhere for a font or a picture.
 */
export function SnippetPicture({ card }: { card: SnippetCard }): ReactNode {
  return (
    <div
      style={{
        display: "flex",
        flexDirection: "column",
        width: "100%",
        height: "100%",
        padding: 56,
        background: colours.ground,
        color: colours.ink,
        fontSize: 26,
      }}
    >
      <div style={{ display: "flex", alignItems: "center", color: colours.accent, fontSize: 30 }}>
        {messages.product.name}
      </div>
      <div style={{ display: "flex", fontSize: 52, marginTop: 12, marginBottom: 24, lineHeight: 1.15 }}>
        {drawable(card.title).slice(0, 70)}
      </div>
      <div
        style={{
          display: "flex",
          flexDirection: "column",
          flexGrow: 1,
          overflow: "hidden",
          padding: "24px 32px",
          borderRadius: 16,
          border: `2px solid ${colours.line}`,
          background: colours.panel,
        }}
      >
        {card.lines.slice(0, 8).map((line, index) => (
          <Line key={index} text={drawable(line)} />
        ))}
      </div>
      <div style={{ display: "flex", marginTop: 20, color: colours.soft }}>{card.build}</div>
    </div>
  );
}

/** An instruction's name is coloured as in the editor. */
function Line({ text }: { text: string }): ReactNode {
  const [, name = "", rest = ""] = /^([A-Z]+\b)?(.*)$/.exec(text) ?? [];
  return (
    <div style={{ display: "flex", lineHeight: 1.5, whiteSpace: "pre" }}>
      <span style={{ color: colours.accent }}>{name}</span>
      <span style={{ color: colours.soft }}>{rest}</span>
    </div>
  );
}

/** Latin text; what else there is stands as a dot. */
function drawable(text: string): string {
  return text.replaceAll("\t", "    ").replaceAll(/[^\u0020-\u007E\u00A1-\u017F]/gu, "·");
}
