import type { files as english } from "../en/files.ts";
import type { Shape } from "../catalogue.ts";

export const files: Shape<typeof english> = {
  title: "Dateien",
  newFile: "Neue Datei",
  newFolder: "Neuer Ordner",
  upload: "Dateien hochladen",
  unpack: "Ein tar hochladen und auspacken",
  download: "Als tar herunterladen",
  downloadFile: "Herunterladen",
  menu: "Dateiaktionen",
  actionsFor: "Aktionen für {name}",
  name: "Name",
  nameFor: "Neuer Name für {name}",
  empty: "Noch keine Dateien. Lege eine an, oder ziehe welche hierher.",
  loading: "Dateien werden geladen…",
  drop: "Loslassen, um sie hinzuzufügen",
  confirmDelete: "{name} löschen?",
  confirmDeleteKept: "Einige Sekunden lang lässt es sich danach zurückholen.",
  deleted: "{name} ist gelöscht.",
  renamed: "{from} heißt jetzt {to}.",
  confirmDeleteText: "Das lässt sich nicht rückgängig machen.",
  uploaded: "{count, plural, one {# Datei} other {# Dateien}} hinzugefügt",
  replaced: "{count, plural, one {# Datei} other {# Dateien}} ersetzt",
  notUploaded:
    "{count, plural, one {# Datei wurde} other {# Dateien wurden}} nicht hinzugefügt: noch einmal hierher ziehen, wenn der Server wieder da ist.",
  tooBig: "{name} ist größer als {limit}: kopiere die Datei stattdessen im Terminal hinein.",
  tree: "Dateien des Arbeitsbereichs",
  badName: "Ein Name darf nicht leer sein und keinen Schrägstrich enthalten.",
  notUnicode: "Der Name von {name} ist kein UTF-8: benenne es zuerst um.",
  exists: "Es gibt schon etwas mit dem Namen {name}.",
};
