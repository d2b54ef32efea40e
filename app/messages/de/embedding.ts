import type { embedding as english } from "../en/embedding.ts";
import type { Shape } from "../catalogue.ts";

export const embedding: Shape<typeof english> = {
  title: "Ein Snippet in deiner Seite zeigen",
  text: "Jedes Snippet lässt sich in deiner Seite zeigen: zuerst so, wie es aufgezeichnet wurde, ohne dass etwas läuft; und live, in einem eigenen Arbeitsbereich, sobald jemand Starten drückt. Dazu braucht es weder Konto noch Cookie.",
  link: "Link zu einem Snippet",
  tryIt: "Ausprobieren",
  oneLine: "In einer Zeile",
  oneLineText:
    "Der Rahmen nimmt den Platz des Skripts ein, wird geladen, wenn er in Sicht kommt, und ist so hoch wie sein Inhalt. data-theme ist light oder dark; data-panes eine Auswahl aus files, build, output, terminal; data-height legt die Höhe in Pixeln fest.",
  page: "In einer Anleitung",
  pageText:
    "Als Modul sprechen deine Seite und das Snippet miteinander: Es sagt, was geschieht; du änderst Dateien, baust und tippst in sein Terminal. Dies ist eine ganze Seite zum Anfangen.",
  api: "Was es sagt, und worum du es bitten kannst",
  apiText:
    "Jede Nachricht und jede Bitte, mit TypeScript-Typen. Was etwas ändern würde, wird abgelehnt, bis jemand Starten gedrückt hat.",
  told: "Was es dieser Seite gesagt hat",
  dark: "Dunkel",
  light: "Hell",
  noSite:
    "Noch darf keine andere Seite Snippets dieses Playgrounds zeigen: Wer sie läse, sähe an deren Stelle „Verbindung abgelehnt“. Wer den Playground betreibt, erlaubt eine Seite mit DRYDOCK_EMBED_SITES.",
  anySite: "Jede Seite darf Snippets dieses Playgrounds zeigen.",
  someSites: "Diese Seiten dürfen Snippets dieses Playgrounds zeigen: {sites}",
  safety: "Welche Seiten es dürfen",
  safetyText:
    "Wer diesen Playground betreibt, nennt die Seiten, die seine Snippets zeigen dürfen (DRYDOCK_EMBED_SITES). Was jemand in deiner Seite startet, gehört allein dem Rahmen: Deine Seite kann es nicht lesen, und die eigenen Arbeitsbereiche, die jemand hier hat, sind nicht darin.",
};
