/**
 * What the engine says of a Dockerfile and its build, in German. The key is its English, where `{0}` stands for any text, and
 * `{0*}` for one that is in this table too; the first that fits counts. Words, names and commands of Docker stay as they are.
 */
export const engine: Readonly<Record<string, string>> = {
  "dockerfile parse error on line {0}: {1*}": "Fehler im Dockerfile, Zeile {0}: {1*}",
  "failed to process {0}: {1*}": "{0} ist nicht zu lesen: {1*}",
  "invalid from flag value {0}: {1*}": "--from={0} geht nicht: {1*}",
  "No build from this image will work: {0*}": "Kein Build von diesem Image wird gelingen: {0*}",
  "{0*} (did you mean {1}?)": "{0*} (ist {1} gemeint?)",

  // Instructions and flags
  "{0} requires at least one argument": "{0} braucht mindestens ein Argument",
  "{0} requires exactly one argument": "{0} braucht genau ein Argument",
  "{0} requires at least two arguments, but only one was provided. Destination could not be determined":
    "{0} braucht mindestens zwei Argumente, hat aber nur eines: Es fehlt das Ziel",
  "{0} must have two arguments": "{0} braucht zwei Argumente",
  "{0} names can not be blank": "Bei {0} fehlt der Name",
  "{0} cannot accept a heredoc as a destination": "Ein Heredoc kann nicht das Ziel von {0} sein",
  "FROM requires either one or three arguments": "FROM hat entweder ein Argument oder drei",
  "Syntax error - can't find = in {0}. Must be of the form: name=value": "In {0} fehlt das =: Die Form ist Name=Wert",
  "VOLUME specified can not be an empty string": "VOLUME kann kein leerer Name sein",
  "SHELL requires the arguments to be in JSON form": "SHELL will seine Argumente in JSON",
  "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed": "ONBUILD kann nicht in einem ONBUILD stehen",
  "{0} isn't allowed as an ONBUILD trigger": "{0} kann nicht in einem ONBUILD stehen",
  'invalid ONBUILD trigger "{0}"': "{0} kann nicht in einem ONBUILD stehen",
  "HEALTHCHECK NONE takes no arguments": "HEALTHCHECK NONE hat keine Argumente",
  "Missing command after HEALTHCHECK CMD": "Nach HEALTHCHECK CMD fehlt der Befehl",
  "Unknown type {0} in HEALTHCHECK (try CMD)": "HEALTHCHECK kennt {0} nicht (ist CMD gemeint?)",
  'Interval "{0}" cannot be less than 1ms': "--{0} kann nicht weniger als 1ms sein",
  "--retries cannot be negative ({0})": "--retries kann nicht negativ sein ({0})",
  "strconv.ParseInt: parsing {0}: value out of range": "{0} ist als Zahl zu groß",
  "strconv.ParseInt: parsing {0}: invalid syntax": "{0} ist keine ganze Zahl",
  "time: invalid duration {0}": "{0} ist keine Dauer",
  "time: missing unit in duration {0}": "Der Dauer {0} fehlt die Einheit",
  "time: unknown unit {0} in duration {1}": "Die Einheit {0} der Dauer {1} gibt es nicht",
  "when using JSON array syntax, arrays must be comprised of strings only":
    "In einer Liste in JSON müssen alle Teile Texte in Anführungszeichen sein",
  "invalid name for build stage: {0}, name can't start with a number or contain symbols":
    "{0} kann keine Stufe heißen: Der Name beginnt mit keiner Ziffer und enthält keine Sonderzeichen",
  "invalid network mode {0}": "Den Netzmodus {0} gibt es nicht",
  "security {0} is not valid": "--security={0} gibt es nicht",
  "duplicate flag specified: {0}": "{0} steht zweimal da",
  "missing a value on flag: {0}": "{0} hat keinen Wert",
  "expecting boolean value for flag {0}, not: {1}": "{0} ist true oder false, nicht {1}",
  "unknown flag: {0}": "{0} gibt es hier nicht",
  "unknown instruction: {0}": "Die Anweisung {0} gibt es nicht",
  "unterminated heredoc {0}": "Das Heredoc {0} hat kein Ende",
  "no build stage in current context": "Vor dem ersten FROM gehört das zu keiner Stufe",
  "dockerfile contains no stages to build": "Im Dockerfile ist keine Stufe, die gebaut werden könnte",
  "file with no instructions": "In der Datei ist keine Anweisung",
  "the Dockerfile cannot be empty": "Das Dockerfile ist leer",
  "the file is larger than {0} bytes": "Die Datei ist größer als {0} Bytes",
  "the file has more than {0} instructions": "Die Datei hat mehr als {0} Anweisungen",
  "only one {0} parser directive can be used": "Die Direktive {0} darf nur einmal dastehen",
  "invalid escape token {0} does not match ` or \\": "{0} kann nicht das Zeichen von escape sein: Es ist ` oder \\",
  "failed to parse check options: failed to parse check option {0}: {1}":
    "Die Direktive check ist nicht zu lesen: {0} ist weder true noch false",
  "failed to parse check options: invalid check option {0}":
    "Die Direktive check ist nicht zu lesen: {0} gibt es nicht",
  "lint violation found for rules: {0}": "Gegen Regeln verstoßen: {0}",
  "failed to read dockerfile: {0}: no such file in the build context": "Im Build-Kontext ist keine Datei {0}",
  "No image was generated. Is your Dockerfile empty?": "Es ist kein Image entstanden. Ist das Dockerfile leer?",
  "the build cannot be resumed: what comes before the step was changed meanwhile":
    "Der Build kann nicht fortgesetzt werden: Was vor dem Schritt steht, wurde inzwischen geändert",

  // Variables
  "syntax error: missing {0} in ${}": "{0} fehlt in ${}",
  "syntax error: missing {0}": "{0} fehlt",
  "syntax error: bad substitution": "Das ist keine Variable",
  "unsupported modifier ({0}) in substitution": "{0} gibt es in Variablen nicht",
  "unexpected end of statement while looking for matching single-quote": "Das ' am Ende fehlt",
  "unexpected end of statement while looking for matching double-quote": 'Das " am Ende fehlt',
  "variables are nested too deeply": "Die Variablen sind zu tief geschachtelt",
  "the variables in it are longer than {0} characters together": "Seine Variablen sind zusammen länger als {0} Zeichen",

  // Stages and images
  "base name ({0}) should not be blank": "Der Name der Basis ({0}) ist leer",
  'cannot copy from stage "{0}", it needs to be defined before current stage "{1}"':
    "Aus der Stufe {0} kann nicht kopiert werden: Sie muss vor der Stufe {1} stehen",
  "circular dependency detected on stage: {0}": "Die Stufe {0} braucht sich selbst",
  'target stage "{0}" could not be found': "Die Stufe {0}, die gebaut werden soll, gibt es nicht",
  "invalid stage index {0}": "Eine Stufe mit der Nummer {0} gibt es nicht",
  "there is no stage of that number": "Eine Stufe mit dieser Nummer gibt es nicht",
  "empty platform value from expression {0}": "Die Plattform {0} ist leer",
  "failed to parse platform {0}: {1}": "{0} ist keine Plattform",
  "failed to parse stage name {0}: invalid reference format: repository name must be lowercase":
    "{0} kann kein Image heißen: Sein Name muss klein geschrieben sein",
  "failed to parse stage name {0}: invalid reference format": "{0} kann kein Image heißen",
  'image "{0}" was not found: {1}': "Das Image {0} wurde nicht gefunden: {1}",
  'image "{0}" was not found': "Das Image {0} wurde nicht gefunden",
  'image "{0}" is not on this machine, and Docker Hub cannot be reached':
    "Das Image {0} ist nicht auf dieser Maschine, und Docker Hub ist nicht zu erreichen",
  'image "{0}" is not on this machine, and it cannot be pulled: {1}':
    "Das Image {0} ist nicht auf dieser Maschine und kann nicht geholt werden: {1}",
  "variable expansion is not supported for --from, define a new stage with FROM using ARG from global scope as a workaround":
    "In --from werden keine Variablen ersetzt: Setze sie in ein FROM, das der Stufe einen Namen gibt",
  "'from' doesn't support variable expansion, define alias stage instead":
    "In from werden keine Variablen ersetzt: Setze sie in ein FROM, das der Stufe einen Namen gibt",

  // COPY and ADD
  "checksum can't be specified for multiple sources": "--checksum gilt nur für eine einzige Quelle",
  "checksum requires HTTP(S) or Git sources": "--checksum gilt nur für Quellen mit HTTP(S) oder von Git",
  "invalid checksum digest format": "Die Prüfsumme hat nicht die richtige Form",
  "invalid checksum digest length": "Die Prüfsumme hat nicht die richtige Länge",
  "unsupported digest algorithm": "Prüfsummen dieser Art gibt es hier nicht",
  "invalid checksum {0} for Git URL, expected hex commit hash": "{0} ist nicht der Name eines Commits",
  'checksum mismatch "{0}" != "{1}"': "Die Prüfsummen {0} und {1} sind nicht dieselben",
  "inconsistent keep-git-dir configuration": "keep-git-dir steht zweimal da, und verschieden",
  "source can't be a URL for COPY": "COPY kann nichts von einer Adresse holen",
  "source can't be a git ref for COPY": "COPY kann nichts aus einem Git-Repository holen",
  "invalid chmod parameter: {0}. it should be octal string and between 0 and 07777":
    "--chmod={0} geht nicht: Es ist eine oktale Zahl von 0 bis 07777",
  '{0} failed: "{1}" is excluded by .dockerignore: remove the pattern, or add {2} after it':
    "{0}: {1} ist von .dockerignore ausgenommen. Nimm das Muster heraus, oder schreibe {2} darunter",
  '{0} failed: "{1}": not found in the build context (did you mean {2}?)':
    "{0}: {1} ist nicht im Build-Kontext (ist {2} gemeint?)",
  '{0} failed: "{1}": not found in the build context; a path cannot lead out of the build context, so ../ ends at its top':
    "{0}: {1} ist nicht im Build-Kontext. Kein Pfad führt aus ihm hinaus: ../ endet an seinem obersten Verzeichnis",
  '{0} failed: "{1}": not found in the build context': "{0}: {1} ist nicht im Build-Kontext",
  '{0} failed: "{1}": not found in {2}': "{0}: {1} ist nicht in {2}",

  // EXPOSE and STOPSIGNAL
  "invalid port: {0}: no port specified": "In {0} fehlt der Port",
  "invalid port: {0}: invalid proto: {1}": "{0}: Das Protokoll {1} gibt es nicht",
  "invalid containerPort: {0}": "{0} ist kein Port",
  "invalid hostPort: {0}": "{0} ist kein Port",
  "invalid IP address: {0}": "{0} ist keine IP-Adresse",
  "invalid ranges specified for container and host Ports: {0} and {1}": "{0} und {1} sind nicht gleich viele Ports",
  "invalid signal: {0}": "Das Signal {0} gibt es nicht",

  // RUN and its mounts
  "RUN --device is not possible here: a build step has no devices of the machine":
    "RUN --device geht hier nicht: Ein Schritt hat keine Geräte der Maschine",
  "RUN --security=insecure is not allowed here: a build step has no privileges":
    "RUN --security=insecure ist hier nicht erlaubt: Ein Schritt hat keine Vorrechte",
  "both source and id can't be set": "source und id können nicht beide dastehen",
  "failed to parse csv mounts: EOF": "--mount ist leer",
  "failed to parse csv mounts: parse error on line {0}, column {1}: {2}":
    "--mount ist nicht zu lesen: Bei Zeichen {1} stimmen die Anführungszeichen nicht",
  "failed to parse csv mounts: {0}": "--mount ist nicht zu lesen: {0}",
  "invalid cache sharing set for {0} mount": "sharing geht nicht bei Mounts der Art {0}",
  "invalid field {0} must be a key=value pair": "{0} muss die Form Name=Wert haben",
  "invalid mount target {0}": "{0} kann nicht das Ziel eines Mounts sein",
  "invalid secret mount. one of source, target required": "Einem Geheimnis fehlt id, source oder target",
  "invalid value {0} for {1}": "{1}={0} geht nicht",
  "invalid value for {0}: {1}": "{0}={1} geht nicht",
  '{0} not allowed for "{1}" type mounts': "{0} geht nicht bei Mounts der Art {1}",
  "secret mount should not define sharing": "Ein Geheimnis hat kein sharing",
  "secret mount should not have a from": "Ein Geheimnis hat kein from",
  "unexpected key {0} for mount type {1}": "{0} gibt es nicht bei Mounts der Art {1}",
  "unexpected key {0} in {1}": "{0} in {1} gibt es nicht",
  "unsupported mount type {0}": "Mounts der Art {0} gibt es nicht",
  "unsupported sharing value {0}": "sharing={0} gibt es nicht",
  "{0}: no such file or directory in the image": "{0}: Im Image ist keine solche Datei",
  "secret {0}: not found": "Das Geheimnis {0} wurde nicht gegeben",
  "unset ssh forward key {0}": "Der SSH-Agent {0} wurde nicht gegeben",
  "the build was cancelled": "Der Build wurde abgebrochen",

  // What to do about it
  "{0} takes no flags": "{0} hat keine Optionen",
  "{0} knows {1}": "{0} kennt {1}",
  "EXPOSE names ports of the container only; which host port leads to it is said by docker run -p":
    "EXPOSE nennt nur Ports des Containers; welcher Port der Maschine dorthin führt, sagt docker run -p",
  "{0*}; the check directive asks to fail for it (error=true)":
    "{0*}; die Direktive check will, dass der Build daran scheitert (error=true)",
  "a ${ begins a variable and ends with }; write \\$ for a dollar sign":
    "${ beginnt eine Variable, die mit } endet; für ein Dollarzeichen schreibe \\$",
  'a build that is to have it asks for it with "allow": ["security.insecure"] (POST /drydock/v1/builds), where the policy allows --privileged':
    'Ein Build bekommt sie, wenn er sie mit "allow": ["security.insecure"] verlangt (POST /drydock/v1/builds) und die Regeln --privileged erlauben',
  "a secret comes from docker build --secret": "Ein Geheimnis kommt von docker build --secret",
  "a stage can only copy from stages above it": "Eine Stufe kann nur aus Stufen über ihr kopieren",
  "a stage can only use stages above it: FROM, COPY --from and RUN --mount=from count":
    "Eine Stufe kann nur Stufen über ihr benutzen: in FROM, COPY --from und RUN --mount=from",
  "a stage name begins with a letter; letters, digits, - _ and . may follow":
    "Der Name einer Stufe beginnt mit einem Buchstaben; es folgen Buchstaben, Ziffern, - _ und .",
  "a line begins with an instruction such as FROM, RUN or COPY; end the line before with \\ if this one continues it":
    "Eine Zeile beginnt mit einer Anweisung wie FROM, RUN oder COPY; setzt sie die vorige fort, muss diese mit \\ enden",
  "add a base image, for example: FROM debian:12": "Nenne ein Basis-Image, zum Beispiel: FROM debian:12",
  "begin with a base image, for example: FROM debian:12": "Beginne mit einem Basis-Image, zum Beispiel: FROM debian:12",
  "add target=/path/in/the/container": "Füge target=/Pfad/im/Container hinzu",
  "an image is named like debian:12 or registry.example.org/team/app:1.0":
    "Ein Image heißt etwa debian:12 oder registry.example.org/team/app:1.0",
  "close the quote, or write a backslash before it if it is text":
    "Schließe die Anführungszeichen, oder setze einen Backslash davor, wenn sie zum Text gehören",
  "declare the ARG before the first FROM, or write a platform such as linux/amd64":
    "Deklariere das ARG vor dem ersten FROM, oder schreibe eine Plattform wie linux/amd64",
  "end it with a line that holds only {0}": "Beende es mit einer Zeile, in der nur {0} steht",
  "for example: {0}": "Zum Beispiel: {0}",
  "give the ARG a default, as in ARG VERSION=12, or pass it with --build-arg":
    "Gib dem ARG einen Standardwert, wie in ARG VERSION=12, oder gib ihn mit --build-arg",
  "give it a value with ARG or ENV above, or with --build-arg":
    "Gib ihr darüber einen Wert, mit ARG oder ENV, oder mit --build-arg",
  "id=NAME says which secret it is": "id=NAME sagt, welches Geheimnis es ist",
  "it must be a number such as 1000": "Es muss eine Zahl sein, etwa 1000",
  "it must be a whole number of at least 0": "Es muss eine ganze Zahl sein, mindestens 0",
  "it must be an octal number such as 0755": "Es muss eine oktale Zahl sein, etwa 0755",
  "it must be true or false": "Es muss true oder false sein",
  "it must be {0} or {1}": "Es muss {0} oder {1} sein",
  "keep one {0}": "Lass nur ein {0} stehen",
  "leave --checksum out for files": "Lass --checksum bei Dateien weg",
  "leave the host's ports out: docker run -p says them": "Lass die Ports der Maschine weg: Die nennt docker run -p",
  "line {0} ends it only without white space around {1}; <<- allows tabs before it":
    "Zeile {0} beendet es nur, wenn um {1} keine Leerzeichen stehen; <<- erlaubt Tabulatoren davor",
  "mounts take {0}": "Ein Mount hat {0}",
  "name a variable: ${NAME}; write \\$ for a dollar sign":
    "Nenne eine Variable: ${NAME}; für ein Dollarzeichen schreibe \\$",
  "name a directory: VOLUME /data": "Nenne ein Verzeichnis: VOLUME /data",
  "name the secret: --mount=type=secret,id=NAME": "Nenne das Geheimnis: --mount=type=secret,id=NAME",
  "only ARG may come before the first FROM: put {0} after a line such as FROM debian:12":
    "Vor dem ersten FROM darf nur ARG stehen: Setze {0} unter eine Zeile wie FROM debian:12",
  "only secret and ssh mounts take {0}, behind type=secret or type=ssh":
    "Nur Mounts der Art secret oder ssh haben {0}, hinter type=secret oder type=ssh",
  "only {0} mounts take {1}, behind {2}": "Nur Mounts der Art {0} haben {1}, hinter {2}",
  "only {0} mounts take {1}": "Nur Mounts der Art {0} haben {1}",
  "put each item in double quotes: {0}": "Setze jeden Teil in doppelte Anführungszeichen: {0}",
  "put the value in quotes if it has spaces: {0}":
    "Setze den Wert in Anführungszeichen, wenn er Leerzeichen enthält: {0}",
  'quote a whole option, for example --mount=type=bind,"target=/a,b"':
    'Setze eine ganze Option in Anführungszeichen, zum Beispiel --mount=type=bind,"target=/a,b"',
  "remove one of the {0} lines": "Nimm eine der Zeilen {0} heraus",
  "say it once, in the flag or in the address": "Sag es einmal, in der Option oder in der Adresse",
  "say what to mount, for example {0}": "Sag, was eingehängt werden soll, zum Beispiel {0}",
  "stages are counted from 0; this Dockerfile has {0}": "Stufen werden ab 0 gezählt; dieses Dockerfile hat {0}",
  "stages are {0}": "Stufen sind {0}",
  "no stage has a name": "Keine Stufe hat einen Namen",
  "did you mean the stage {0}?": "Ist die Stufe {0} gemeint?",
  "the Dockerfile that is built has its own": "Das Dockerfile, das gebaut wird, hat sein eigenes",
  "the protocol is tcp, udp or sctp": "Das Protokoll ist tcp, udp oder sctp",
  "there is only {0}": "Es gibt nur {0}",
  "there are {0} and {1} more": "Es gibt {0} und {1} weitere",
  "there are {0}": "Es gibt {0}",
  "there is no {0}": "{0} gibt es nicht",
  "use a name such as SIGTERM, or a number from 1 to 64": "Nimm einen Namen wie SIGTERM oder eine Zahl von 1 bis 64",
  "use one ADD for each": "Nimm für jede ein eigenes ADD",
  "write # escape=` for Windows paths, or leave the line out":
    "Schreibe # escape=` für Pfade von Windows, oder lass die Zeile weg",
  "write --checksum=sha256: and 64 hexadecimal digits, as sha256sum prints them":
    "Schreibe --checksum=sha256: und 64 hexadezimale Ziffern, wie sha256sum sie ausgibt",
  "write a commit's id, as git log prints it": "Schreibe den Namen eines Commits, wie git log ihn ausgibt",
  "write 0 to leave it as it is": "Schreibe 0, damit es bleibt, wie es ist",
  "write ONBUILD once": "Schreibe ONBUILD nur einmal",
  "write a number with a unit: {0}": "Schreibe eine Zahl mit Einheit: {0}",
  "write a port such as 80 or 53/udp, or a range such as 8000-8010; ports go from 0 to 65535":
    "Schreibe einen Port wie 80 oder 53/udp, oder einen Bereich wie 8000-8010; Ports gehen von 0 bis 65535",
  "write it without spaces: {0}": "Schreibe es ohne Leerzeichen: {0}",
  "write it as {0}, with double quotes": "Schreibe {0}, mit doppelten Anführungszeichen",
  "write it as {0}": "Schreibe {0}",
  "write the destination after it: {0}": "Schreibe das Ziel dahinter: {0}",
  "write {0} AS source above, and {1} here": "Schreibe {0} AS source darüber, und {1} hier",
  "write {0}, or {1} to name the stage": "Schreibe {0}, oder {1}, um der Stufe einen Namen zu geben",
  "write {0}, or {1}": "Schreibe {0} oder {1}",
  "write {0}": "Schreibe {0}",
  "create the file, or name another one (docker build -f)":
    "Lege die Datei an, oder nenne eine andere (docker build -f)",
  "build again from the start; what has not changed is in the cache":
    "Baue noch einmal von vorn; was sich nicht geändert hat, ist im Cache",
  "in a pattern a backslash goes before * ? / } or another backslash":
    "In einem Muster steht ein Backslash vor * ? / } oder einem weiteren Backslash",
  "variables that contain one another grow fast: shorten them":
    "Variablen, die einander enthalten, wachsen schnell: Kürze sie",
  'RUN in its shell form needs a shell, and this image (FROM scratch?) has none: begin with an image that has one, or copy a static program and run it as RUN ["/program"]':
    'RUN ohne JSON braucht eine Shell, und dieses Image (FROM scratch?) hat keine: Beginne mit einem Image, das eine hat, oder kopiere ein statisches Programm und führe es mit RUN ["/programm"] aus',
  "max depth exceeded: an image has at most {0} layers, and this would be layer {1}":
    "Ein Image hat höchstens {0} Schichten, und das wäre Schicht {1} (max depth exceeded)",
  "each RUN, COPY and ADD makes a layer: join RUN lines with &&, and copy several files with one COPY":
    "Jedes RUN, COPY und ADD macht eine Schicht: Verbinde RUN-Zeilen mit &&, und kopiere mehrere Dateien mit einem COPY",
  "is the path right, and was the program installed or copied before?":
    "Stimmt der Pfad, und wurde das Programm vorher installiert oder kopiert?",
  "There is no local stand-in for {0}: {1}.": "Für {0} gibt es hier keinen Ersatz: {1}.",
  "There is no local stand-in for {0}.": "Für {0} gibt es hier keinen Ersatz.",
  "Use {0}.": "Nimm {0}.",
  "Whoever runs this server can add it: ./drydock images load.":
    "Wer diesen Server betreibt, kann es hinzufügen: ./drydock images load.",

  // Build checks
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
  'image "{0}" is for {1}, and this machine is {2}': "Das Image {0} ist für {1}, und diese Maschine ist {2}",
  "Add {0}": "{0} hinzufügen",
  "Give {0}": "{0} schreiben",
  "Join them with {0}": "Mit {0} verbinden",
  "Leave out {0}": "{0} weglassen",
  "Remove the empty lines": "Die leeren Zeilen entfernen",
  "Remove this one": "Dieses entfernen",
  "Write {0}": "{0} schreiben",

  // Why a step ran, or did not
  "This step has not been built here before.": "Dieser Schritt wurde hier noch nicht gebaut.",
  "It was built before, but its result is no longer in the cache.":
    "Er wurde schon gebaut, aber sein Ergebnis ist nicht mehr im Cache.",
  "The base image is not the one that the last build had.": "Das Basis-Image ist ein anderes als beim letzten Build.",
  "The instruction was changed. In the last build it was: {0}":
    "Die Anweisung wurde geändert. Beim letzten Build war sie: {0}",
  "The working directory (WORKDIR) is not what it was in the last build.":
    "Das Arbeitsverzeichnis (WORKDIR) ist ein anderes als beim letzten Build.",
  "The user (USER) is not what it was in the last build.":
    "Der Benutzer (USER) ist ein anderer als beim letzten Build.",
  "A mount is not what it was in the last build.": "Ein Mount ist anders als beim letzten Build.",
  "The network is not what it was in the last build.": "Das Netz ist ein anderes als beim letzten Build.",
  "The value of the variable {0} changed since the last build.":
    "Der Wert der Variable {0} hat sich seit dem letzten Build geändert.",
  "The values of the variables {0} and {1} more changed since the last build.":
    "Die Werte der Variablen {0} und {1} weiterer haben sich seit dem letzten Build geändert.",
  "The values of the variables {0} changed since the last build.":
    "Die Werte der Variablen {0} haben sich seit dem letzten Build geändert.",
  "Files that it copies have changed.": "Dateien, die er kopiert, haben sich geändert.",
  "Since the last build: {0*} and {1} more.": "Seit dem letzten Build: {0*} und {1} weitere.",
  "Since the last build: {0*}.": "Seit dem letzten Build: {0*}.",
  "A step before it ran again, so what it builds on may be different.":
    "Ein Schritt davor lief noch einmal: Worauf er aufbaut, kann anders sein.",
  "{0*}, {1*}": "{0*}, {1*}",
  "the directory itself changed": "das Verzeichnis selbst geändert",
  "{0} changed": "{0} geändert",
  "{0} was added": "{0} hinzugekommen",
  "{0} was removed": "{0} entfernt",
  "The base image is on this machine.": "Das Basis-Image ist auf dieser Maschine.",
  "Nothing that it depends on has changed since it last ran.":
    "Nichts, wovon er abhängt, hat sich geändert, seit er zuletzt lief.",
  "The build was asked not to use the cache.": "Der Build sollte den Cache nicht benutzen.",
  "The build was asked for it.": "Der Build wurde darum gebeten.",
  "This step runs in every build.": "Dieser Schritt läuft bei jedem Build.",
  "The build ended here, before any step had run.": "Der Build endete hier, bevor ein Schritt lief.",
  "The image was not on this machine, or a newer one was asked for.":
    "Das Image war nicht auf dieser Maschine, oder es sollte ein neueres geholt werden.",
  "It failed: what it had changed is thrown away, and no layer is made.":
    "Er ist fehlgeschlagen: Was er geändert hatte, ist verworfen, und es entstand keine Schicht.",
};
