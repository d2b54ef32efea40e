import type { general as english } from "../en/general.ts";
import type { Shape } from "../catalogue.ts";

export const general: Shape<typeof english> = {
  product: {
    name: "Drydock",
    description:
      "Ein Dockerfile schreiben, bauen, starten und ein Terminal darin öffnen: im Browser, auf einer eigenen Engine.",
  },
  preferences: {
    menu: "Darstellung und Sprache",
    theme: "Farbschema",
    themes: { system: "Wie das System", light: "Hell", dark: "Dunkel", contrast: "Hoher Kontrast" },
    language: "Sprache",
    browserLanguage: "Wie der Browser",
    unreached: "Der Server ist nicht erreichbar: Die Sprache wechselt, wenn die Seite das nächste Mal geladen wird.",
  },
  examples: {
    menu: "Neu aus einem Beispiel…",
    title: "Neu aus einem Beispiel",
    text: "Öffnet einen neuen Arbeitsbereich mit den Dateien des Beispiels. Dieser bleibt, wie er ist.",
    list: "Beispiele",
  },
  preview: {
    title: "Vorschau",
    nothing: "Hier gibt es nichts zu zeigen",
  },
  notFound: {
    title: "Hier liegt nichts vor Anker",
    text: "Vielleicht ist die Adresse unvollständig.",
    home: "Zum eigenen Arbeitsbereich",
  },
  workspace: {
    opening: "Der Arbeitsbereich wird geöffnet…",
    failed: "Der Arbeitsbereich konnte nicht geöffnet werden",
    retry: "Noch einmal versuchen",
    menu: "Arbeitsbereiche",
    yours: "Deine Arbeitsbereiche",
    create: "Neuer Arbeitsbereich",
    rename: "Arbeitsbereich umbenennen",
    name: "Name des Arbeitsbereichs",
    deletion: {
      menu: "Diesen Arbeitsbereich löschen…",
      title: "{name} löschen?",
      text: "Seine Dateien, Images, Container, Volumes und Builds sind dann endgültig weg. Snippets, die du geteilt hast, bleiben, bis du sie unter Teilen zurücknimmst.",
      yes: "Arbeitsbereich löschen",
    },
    lives:
      "Nur in diesem Browser. Nach {stop} ohne Benutzung werden seine Container angehalten, nach {end} bleibt von ihm nur eine Aufzeichnung.",
    panes: { files: "Dateien", editor: "Editor", build: "Build", containers: "Start", terminal: "Terminal" },
    resize: { files: "Breite der Dateien", build: "Breite des Builds", bottom: "Höhe des Terminals" },
    leaveHint: "F6: nächster Bereich · Umschalt+F6: Reiter",
    leaveDescription: "F6 führt zum nächsten Bereich, Umschalt+F6 zu den Reitern und von dort zum vorherigen Bereich.",
  },
  places: {
    title: "{name} – Nummer {position} in der Schlange",
    position: "Alle Plätze sind belegt: Du bist Nummer {position} in der Schlange.",
    text: "Sobald einer frei ist, geht es von selbst weiter.",
    meanwhile: "Solange siehst du hier die Aufzeichnung.",
    empty: "Dein Arbeitsbereich öffnet sich hier. Die Seite kann solange im Hintergrund bleiben.",
    revive: "Wieder zum Leben erwecken",
    expired:
      "Diesen Arbeitsbereich hat {time} niemand benutzt: Was in ihm lief, ist weg. Dies sind seine Dateien und was sie taten: Ein Druck genügt, und er lebt wieder.",
    expiredOfOther:
      "Diesen Arbeitsbereich hat {time} niemand benutzt: Was in ihm lief, ist weg. Dies sind seine Dateien und was sie taten; wem er gehört, kann ihn wieder zum Leben erwecken.",
  },
  loading: {
    title: "Die Seite konnte nicht geladen werden",
    text: "Ein Teil davon kam auch nach mehreren Versuchen nicht an. Besteht eine Verbindung zum Netz?",
    sandboxed:
      "Die Seite um diesen Rahmen hält ihn in einer Sandbox, in der nichts von ihm geladen werden kann: Wer sie schreibt, kann das mit allow-same-origin erlauben. Bis dahin steht er in einem eigenen Tab:",
    part: "Dieser Teil der Seite konnte nicht geladen werden. Vielleicht fehlt die Verbindung zum Netz, oder der Playground ist neuer als die Seite. Alles Gespeicherte ist sicher.",
    dialog: "Ein Teil der Seite fehlt",
    reload: "Neu laden",
  },
  connection: {
    offline:
      "Die Verbindung ist unterbrochen. Was du schreibst, bleibt und wird gespeichert, wenn sie wieder da ist. Neuer Versuch…",
    engineDown:
      "Die Engine startet neu. Container laufen weiter, und diese Seite macht weiter, sobald sie wieder da ist.",
    unknown: "gerade nicht bekannt",
    reload: "Neu laden",
  },
  actions: {
    build: "Bauen",
    cancel: "Abbrechen",
    run: "Starten",
    share: "Teilen",
    close: "Schließen",
    save: "Speichern",
    delete: "Löschen",
    menu: "Menü",
    undo: "Rückgängig",
    really: "Wirklich?",
    rename: "Umbenennen",
    dismiss: "Ausblenden",
  },
  time: {
    justNow: "gerade eben",
    hours: "{count, plural, one {# Stunde} other {# Stunden}}",
    days: "{count, plural, one {# Tag} other {# Tagen}}",
  },
  errors: {
    network: "Der Server ist nicht erreichbar.",
    unknown: "Etwas ist schiefgegangen.",
    reasons: {
      "engine-away": "Die Engine antwortet nicht. Vielleicht startet sie neu: Sobald sie da ist, geht es hier weiter.",
      expired:
        "Diesen Arbeitsbereich hat lange niemand benutzt: Was in ihm lief, ist weg, seine Dateien sind aufgehoben. Öffne ihn neu, und er lebt wieder.",
      waiting: "Alle Plätze dieses Playgrounds sind belegt. Dein Arbeitsbereich steht in der Schlange.",
      "too-many":
        "Von dieser Adresse wurden in einer Stunde zu viele Arbeitsbereiche geöffnet. Versuche es etwas später noch einmal.",
    },
  },
};
