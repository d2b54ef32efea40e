/** What to do about it. */
export const remedies: Readonly<Record<string, string>> = {
  "an option is written as name=value": "Eine Option hat die Form Name=Wert",
  "it has the values of the ARGs with every RUN after them: make them shorter":
    "In ihr stehen die Werte der ARG bei jedem RUN dahinter: Kürze sie",
  "it is a number of seconds since 1970, context, or a stage that adds one thing from elsewhere":
    "Es ist eine Zahl von Sekunden seit 1970, context, oder eine Stufe, die eines von außen holt",
  "it is FROM scratch with ARGs and one ADD, of a URL or a Git repository":
    "Das ist FROM scratch mit ARG und einem ADD, von einer Adresse oder aus einem Git-Repository",
  'give it with the build: "Build with secrets" in the page\'s menu of the build, or "secrets" of POST /drydock/v1/builds; without "required" the step runs without it':
    'Gib es mit dem Build: „Mit Secrets bauen“ im Menü des Builds auf der Seite, oder "secrets" von POST /drydock/v1/builds; ohne "required" läuft der Schritt ohne es',
  'give an agent\'s socket with the build, in "ssh" of POST /drydock/v1/builds; without "required" the step runs without it':
    'Gib den Socket eines Agenten mit dem Build, in "ssh" von POST /drydock/v1/builds; ohne "required" läuft der Schritt ohne ihn',
  'images here are for Linux: what is made for {0} is given out as files, by "outputs" of POST /drydock/v1/builds':
    'Images sind hier für Linux: Was für {0} gemacht wird, gibt "outputs" von POST /drydock/v1/builds als Dateien heraus',
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
  "letters, digits, - and . make one of at most 63": "Er hat Buchstaben, Ziffern, - und ., zusammen höchstens 63",
  "a secret comes from docker build --secret": "Ein Geheimnis kommt von docker build --secret",
  "a stage can only use stages above it": "Eine Stufe kann nur Stufen über ihr verwenden",
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
  "id=NAME says which agent it is": "id=NAME sagt, welcher Agent es ist",
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
  "Use {0}, with RUN {1} after it.": "Nimm {0}, und danach RUN {1}.",
  "Use {0}.": "Nimm {0}.",
  "Whoever runs this server can add it: ./drydock images load.":
    "Wer diesen Server betreibt, kann es hinzufügen: ./drydock images load.",
};
