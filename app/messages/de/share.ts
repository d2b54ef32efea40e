import type { share as english, snippet as englishSnippet } from "../en/share.ts";
import type { Shape } from "../catalogue.ts";

export const share: Shape<typeof english> = {
  title: "Snippet teilen",
  text: "Ein Snippet ist: deine Dateien, wie sie jetzt sind, mit dem aufgezeichneten Build, der Ausgabe deiner Container und dem, was offene Terminals zeigen. Wer seinen Link hat, kann es ansehen und abzweigen; es ändert sich nie, und du kannst es zurücknehmen.",
  warning: "Wer den Link hat, kann die Dateien, die Ausgaben und die Terminals lesen: lass Geheimnisse draußen.",
  build: {
    none: "Ohne Build: noch wurde nichts gebaut.",
    running: "Mit dem Build von {name}, so weit er ist: er läuft noch.",
    over: "Mit dem gezeigten Build von {name} ({how}, {when}).",
    earlier: "Es ist nicht der letzte.",
  },
  leftOut:
    "Ein Link fasst die Ausgabe von höchstens {most} Containern und Terminals, darunter höchstens {terminals} Terminals: {left} werden weggelassen.",
  name: "Titel",
  create: "Link erstellen",
  creating: "Wird aufgezeichnet…",
  done: "Dein Link",
  copy: "Link kopieren",
  copied: "Kopiert",
  ownMachine:
    "Auf einer anderen Maschine kann ihn niemand öffnen: dort ist {host} diese Maschine selbst. Wer den Playground betreibt, gibt ihm mit ./drydock up --host 0.0.0.0 eine Adresse (README, „Reached from other machines“). Unter ihr geöffnet, macht diese Seite auch Links mit ihr.",
  embed: "Es lässt sich auch in einer eigenen Seite zeigen und dort starten.",
  embedHow: "Wie?",
  openLink: "Öffnen",
  links: {
    title: "{count, plural, one {Du hast # Snippet geteilt} other {Du hast # Snippets geteilt}}",
    takeBack: "Zurücknehmen",
    takeBackOf: "{title} zurücknehmen",
    takeBackNow: "{title} wirklich zurücknehmen",
    text: "Was zurückgenommen wird, ist gelöscht, und sein Link zeigt nichts mehr. Abzweigungen bleiben.",
  },
};

export const snippet: Shape<typeof englishSnippet> = {
  pageTitle: "Snippet",
  loading: "Das Snippet wird geöffnet…",
  untitled: "Snippet ohne Titel",
  fork: "Abzweigen & starten",
  forking: "Wird abgezweigt…",
  recorded: "Aufgezeichnet {when}",
  recording: "Dies ist eine Aufzeichnung, und noch läuft nichts davon.",
  notLive: "Dies ist eine Aufzeichnung, nichts läuft. Zweige sie ab, um sie zum Leben zu bringen.",
  files: "Dateien",
  build: "Build",
  noBuild: "Es war nichts gebaut.",
  unfinished: "Dieser Build lief noch, als er aufgezeichnet wurde.",
  noOutput: "Nichts lief.",
  omitted: "{count, plural, one {# große Datei wurde} other {# große Dateien wurden}} weggelassen.",
  omittedOutputs: "{count, plural, one {# weitere Ausgabe wurde} other {# weitere Ausgaben wurden}} weggelassen.",
  binary: "Diese Datei ist kein Text.",
  missing: "Dieses Snippet kann nicht gezeigt werden",
  absences: {
    unknown: "Unter diesem Link ist kein Snippet. Ist er vollständig?",
    revoked:
      "Was hier geteilt war, wurde zurückgenommen, von denen, die es geteilt haben oder diesen Server betreiben, und ist nicht aufgehoben.",
  },
  own: "Dein Arbeitsbereich",
  earlier: "Frühere Ausgabe wurde weggelassen.",
};
