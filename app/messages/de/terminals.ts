import type { terminals as english } from "../en/terminals.ts";
import type { Shape } from "../catalogue.ts";

export const terminals: Shape<typeof english> = {
  before: "vor {instruction}",
  after: "nach {instruction}",
  title: "Terminal",
  open: "Neues Terminal",
  openIn: "Terminal in",
  emptyTitle: "Deine eigene kleine Maschine",
  empty: "bash, git, curl und das echte docker-Kommando, mit deinen Dateien in /workspace.",
  start: "Ein Terminal öffnen",
  starting: "Startet…",
  making:
    "Das Image dieser Maschine wird gerade gemacht, einmal für alle hier: Das dauert ein, zwei Minuten, bei langsamem Netz länger.",
  makingLabel: "Wie weit es ist",
  madeSoFar: "{percent} %",
  ended: "[beendet]",
  close: "Terminal {name} schließen",
  closed: "Terminal {name} ist geschlossen.",
  label: "Terminal in {name}",
  tabs: "Terminals",
  split: "Das Terminal teilen",
  search: "Im Terminal suchen",
  searchNext: "Nächster Treffer",
  searchPrevious: "Voriger Treffer",
  told: "Ausgabe des Terminals in {name}",
  recorded: "{name}: was es zeigte",
  leftOut: "Frühere Zeilen sind ausgelassen.",
  goesOn: "Die Ausgabe geht ohne Pause weiter.",
  lost: "[frühere Ausgabe ist weg]",
  over: {
    shell: "Die Shell ist beendet.",
    stopped: "{name} wurde angehalten, und mit ihm dieses Terminal.",
    removed: "{name} wurde entfernt, und mit ihm dieses Terminal.",
    workstationStopped:
      "Deine Arbeitsmaschine wurde angehalten, und mit ihr dieses Terminal. Ein neues startet sie wieder.",
    workstationRemoved:
      "Deine Arbeitsmaschine wurde entfernt, und mit ihr dieses Terminal. Ein neues hat die Dateien in /workspace wieder.",
    again: "Neues Terminal",
    close: "Schließen",
  },
  keys: {
    title: "Weitere Tasten",
    escape: "Esc",
    tab: "Tab",
    ctrl: "Strg",
    ctrlNext: "Strg, mit der nächsten Taste",
    left: "Links",
    up: "Nach oben",
    down: "Nach unten",
    right: "Rechts",
  },
  renew: "Arbeitsmaschine neu machen…",
  renewTitle: "Arbeitsmaschine neu machen?",
  renewText:
    "Ihre Terminals und alles, was in ihr läuft, enden; was in ihr eingerichtet oder geändert wurde, ist weg. Die Dateien in /workspace, deine Container und Images bleiben, wie sie sind.",
  renewYes: "Neu machen",
};
