/** What the build checks find, and their fixes. */
export const checks: Readonly<Record<string, string>> = {
  '"# {0}" is a comment, not a directive': "„# {0}“ ist ein Kommentar, keine Direktive",
  '"{0} key=value" should be used instead of legacy "{1}" format': "Schreibe {0} mit =, statt in der alten Form {1}",
  "{0} and {1} keywords' casing do not match": "{0} und {1} sind verschieden geschrieben, groß und klein",
  "{0} RUN in a row make {1} layers: join them with && where they belong together":
    "{0} RUN nacheinander machen {1} Schichten: Verbinde mit &&, was zusammengehört",
  "A password or token is written here, and docker history shows it: use RUN --mount=type=secret":
    "Hier steht ein Passwort oder Token, und docker history zeigt es: Nimm RUN --mount=type=secret",
  "ADD also downloads and unpacks: COPY says that files are copied and nothing else":
    "ADD lädt auch herunter und packt aus: COPY sagt, dass Dateien kopiert werden und sonst nichts",
  "Any change of a file runs this again: copy {0} alone first, install, then copy the rest (line {1})":
    "Jede Änderung einer Datei führt das noch einmal aus: Kopiere zuerst nur {0}, installiere, und kopiere dann den Rest (Zeile {1})",
  "Attempting to Add file {0} that is excluded by .dockerignore": "ADD will {0}, das .dockerignore ausnimmt",
  "Attempting to Copy file {0} that is excluded by .dockerignore": "COPY will {0}, das .dockerignore ausnimmt",
  "Base image {0} was pulled with platform {1}, expected {2} for current build":
    "Das Basis-Image {0} ist für {1}, gebaut wird aber für {2}",
  "Command {0} should match the case of the command majority (uppercase)":
    "{0} sollte groß geschrieben sein, wie die meisten Anweisungen",
  "Command {0} should match the case of the command majority (lowercase)":
    "{0} sollte klein geschrieben sein, wie die meisten Anweisungen",
  "Comment for {0} should follow the format: {1}": "Der Kommentar zu {0} sollte so aussehen: {1}",
  "Default value for ARG {0} results in empty or invalid base image name":
    "Mit dem Standardwert von ARG ergibt {0} keinen Namen eines Basis-Images",
  "Defined protocol {0} in EXPOSE instruction should be lowercase":
    "Das Protokoll {0} in EXPOSE sollte klein geschrieben sein",
  "Do not use ARG or ENV instructions for sensitive data ({0})": "Geheimnisse gehören nicht in ARG oder ENV ({0})",
  'Duplicate stage name "{0}", stage names should be unique':
    "Zwei Stufen heißen {0}: Jede sollte ihren eigenen Namen haben",
  "EXPOSE instruction should not define an IP address or host-port mapping, found {0}":
    "EXPOSE nennt weder eine Adresse noch einen Port der Maschine, wie in {0}",
  "Empty continuation line": "Eine leere Zeile mitten in einer Anweisung",
  "FROM --platform flag should not use constant value {0}":
    "FROM --platform sollte keine feste Plattform nennen, wie {0}",
  "FROM {0} takes whatever is newest when it is built: name a version in place of latest":
    "FROM {0} nimmt, was beim Bauen gerade das Neueste ist: Nenne eine Version statt latest",
  "FROM argument {0} is not declared": "Das Argument {0} in FROM ist nicht deklariert",
  "JSON arguments recommended for {0} to prevent unintended behavior related to OS signals":
    "Schreibe {0} in JSON: Sonst bekommt eine Shell die Signale, und das Programm nicht",
  "Maintainer instruction is deprecated in favor of using label": "MAINTAINER ist veraltet: Nimm LABEL",
  "Multiple {0} instructions should not be used in the same stage because only the last one will be used":
    "Mehrere {0} in einer Stufe: Nur das letzte zählt",
  "Relative workdir {0} can have unexpected results if the base image changes":
    "Das relative WORKDIR {0} hängt vom Basis-Image ab: Ändert sich das, ist es woanders",
  "Setting platform to predefined {0} in FROM is redundant as this is the default behavior":
    "--platform={0} in FROM ist überflüssig: Das gilt ohnehin",
  "Stage name {0} should be lowercase": "Der Name der Stufe {0} sollte klein geschrieben sein",
  "Stage name should not use the same name as reserved stage {0}":
    "Keine Stufe sollte {0} heißen: Das bedeutet etwas anderes",
  "The container's program runs as root: give it another user's number with USER 65532 before CMD":
    "Das Programm des Containers läuft als root: Gib ihm mit USER 65532 vor CMD die Nummer eines anderen",
  "The container's program runs as root: create a user and name it with USER before CMD":
    "Das Programm des Containers läuft als root: Lege einen Benutzer an, und nenne ihn mit USER vor CMD",
  "The files of line {0} are stored a second time for this: give COPY {1}":
    "Die Dateien aus Zeile {0} werden dafür ein zweites Mal gespeichert: Gib schon COPY {1}",
  "The list of packages is cached with this step and grows stale: update and install in one RUN":
    "Die Liste der Pakete ist mit diesem Schritt im Cache und veraltet: Aktualisiere und installiere in einem RUN",
  "This RUN has no command: it only makes an empty layer":
    "Dieses RUN hat keinen Befehl: Es macht nur eine leere Schicht",
  "Usage of undefined variable {0}": "Die Variable {0} ist nirgends gesetzt",
  "What {0} has downloaded stays in this layer: add {1} in the same RUN":
    "Was {0} heruntergeladen hat, bleibt in dieser Schicht: Füge {1} im selben RUN hinzu",
  "What {0} has downloaded stays in this layer: write {1} in the same RUN":
    "Was {0} heruntergeladen hat, bleibt in dieser Schicht: Schreibe {1} im selben RUN",
  "What this removes stays in the layers below: remove it in the RUN that makes it":
    "Was hier gelöscht wird, bleibt in den Schichten darunter: Lösche es in dem RUN, das es macht",
  "cd lasts only until this RUN ends: write {0}": "cd gilt nur, bis dieses RUN endet: Schreibe {0}",
  "{0} looks like a secret, and anyone who has the image can read it: use RUN --mount=type=secret":
    "{0} sieht nach einem Geheimnis aus, und wer das Image hat, kann es lesen: Nimm RUN --mount=type=secret",
  "{0} looks like a secret, and line {1} removes it, but this layer still has it: use RUN --mount=type=secret":
    "{0} sieht nach einem Geheimnis aus. Zeile {1} löscht es, aber diese Schicht hat es noch: Nimm RUN --mount=type=secret",
  "operating system is not supported": "Dieses Betriebssystem wird nicht unterstützt",
  'image "{0}" is for {1}: only Linux images can be built on':
    "Das Image {0} ist für {1}: Gebaut werden kann nur auf Images für Linux",
  'image "{0}" is for {1}, and this machine is {2}': "Das Image {0} ist für {1}, und diese Maschine ist {2}",
  "Add {0}": "{0} hinzufügen",
  "Give {0}": "{0} schreiben",
  "Join them with {0}": "Mit {0} verbinden",
  "Leave out {0}": "{0} weglassen",
  "Remove the empty lines": "Die leeren Zeilen entfernen",
  "Remove this one": "Dieses entfernen",
  "Write {0}": "{0} schreiben",
};
