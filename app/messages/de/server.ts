/** What `web` answers where it cannot do something, in German: as the engine's sentences in engine.ts. */
export const server: Readonly<Record<string, string>> = {
  "That is for members of this workspace.": "Das ist für Mitglieder dieses Arbeitsbereichs.",
  "You are here to look: whoever owns this workspace can let you edit it.":
    "Du siehst hier zu: Wem dieser Arbeitsbereich gehört, kann dich mitarbeiten lassen.",
  "That is for the owner of this workspace.": "Das ist für den, dem dieser Arbeitsbereich gehört.",
  "A container's pages need an origin of their own. Reach this playground as localhost, or let its operator set DRYDOCK_PREVIEW_DOMAIN or DRYDOCK_PREVIEW_PORTS.":
    "Die Seiten eines Containers brauchen eine eigene Adresse. Besuche diesen Playground als localhost, oder sein Betreiber setzt DRYDOCK_PREVIEW_DOMAIN oder DRYDOCK_PREVIEW_PORTS.",
  "{0} is a link that leads nowhere.": "{0} ist ein Link, der nirgendwohin führt.",
  "{0} is mounted into the container: Docker copies nothing over it. Change it from within, in a terminal.":
    "{0} ist in den Container eingehängt: Docker kopiert nichts darüber. Ändere es von innen, in einem Terminal.",
  "{0} is no regular file: it cannot be read here.": "{0} ist keine gewöhnliche Datei: Hier kann man sie nicht lesen.",
  "{0} is not there any more.": "{0} gibt es nicht mehr.",
  "The name of {0} is not UTF-8: rename it first.": "Der Name von {0} ist nicht UTF-8: Benenne es zuerst um.",
  "A workspace is its owner's: only others can leave it.":
    "Ein Arbeitsbereich gehört seinem Besitzer: Nur andere können ihn verlassen.",
  "All places on this playground are taken. You are number {0} in the queue.":
    "Alle Plätze auf diesem Playground sind belegt. Du bist Nummer {0} in der Schlange.",
  "All places on this playground are taken.": "Alle Plätze auf diesem Playground sind belegt.",
  "Something went wrong on the server.": "Auf dem Server ging etwas schief.",
  "That is no link to a snippet of this playground.": "Das ist kein Link zu einem Snippet dieses Playgrounds.",
  "That name is taken by your own workstation: choose another.":
    "So heißt schon deine eigene Workstation: Nimm einen anderen Namen.",
  "That person is no member of this workspace any more.": "Diese Person ist kein Mitglied dieses Arbeitsbereichs mehr.",
  "The program in the terminal does not read what it is sent: the rest of what was pasted is left out.":
    "Das Programm im Terminal liest nicht, was ihm geschickt wird: Der Rest des Eingefügten ist weggelassen.",
  'Another page on this host has given your browser a second session: delete the cookie "{0}" whose path is not / in the browser\'s settings for this site, then come again.':
    'Eine andere Seite auf diesem Host hat deinem Browser eine zweite Sitzung gegeben: Lösche in den Einstellungen des Browsers für diese Seite das Cookie "{0}", dessen Pfad nicht / ist, und komm dann wieder.',
  "The disk of the server is full: tell whoever runs it, and try again later.":
    "Die Platte des Servers ist voll: Sag es denen, die ihn betreiben, und versuche es später noch einmal.",
  "The page sent a message that this server does not understand.":
    "Die Seite hat etwas geschickt, das dieser Server nicht versteht.",
  "The playground cannot reach what its servers have in common. Try again in a moment.":
    "Der Playground erreicht nicht, was seine Server gemeinsam haben. Versuche es gleich noch einmal.",
  "The workspace of this invitation is gone.": "Den Arbeitsbereich dieser Einladung gibt es nicht mehr.",
  "There is no file to share yet.": "Es gibt noch keine Datei, die geteilt werden könnte.",
  "There is no snippet under this link. Is it complete?": "Unter diesem Link ist kein Snippet. Ist er vollständig?",
  "There is no such address.": "Diese Adresse gibt es nicht.",
  "There is no such example.": "Dieses Beispiel gibt es nicht.",
  "This browser has no such workspace. It was deleted, not used for a long time, or its owner has removed you.":
    "Dieser Browser hat keinen solchen Arbeitsbereich. Er wurde gelöscht, lange nicht benutzt, oder sein Besitzer hat dich entfernt.",
  "This browser has shared no such snippet, or has taken it back already.":
    "Dieser Browser hat kein solches Snippet geteilt, oder es schon zurückgenommen.",
  "This invitation does not exist, or was taken back. Ask for a new link.":
    "Diese Einladung gibt es nicht, oder sie wurde zurückgenommen. Bitte um einen neuen Link.",
  "This page changes its files faster than they can be shared: wait a moment.":
    "Diese Seite ändert ihre Dateien schneller, als sie geteilt werden können: Warte einen Moment.",
  "This workspace has not expired: what is in it is there.":
    "Dieser Arbeitsbereich ist nicht abgelaufen: Was in ihm ist, ist da.",
  "Too many files are open in this workspace.": "In diesem Arbeitsbereich sind zu viele Dateien offen.",
  "Too many streams are open in this page.": "In dieser Seite sind zu viele Ströme offen.",
  "What was shared here has been taken back, by whoever shared it or runs this server, and is not kept.":
    "Was hier geteilt war, wurde zurückgenommen, von denen, die es geteilt haben oder diesen Server betreiben, und ist nicht aufgehoben.",
  "Nothing in the container listens on port {0} now. It may have stopped.":
    "Im Container hört jetzt nichts auf Port {0}. Vielleicht hält er gerade.",
  "The request is larger than {0} bytes.": "Die Anfrage ist größer als {0} Bytes.",
  "The workstation's image is not ready: {0}. Try again in a moment.":
    "Das Image der Workstation ist nicht bereit: {0}. Versuche es gleich noch einmal.",
  "There are {0} links already: take one back first.": "Es gibt schon {0} Links: Nimm zuerst einen zurück.",
  "Something is being shared by this browser: wait for it.":
    "Dieser Browser teilt gerade etwas: Warte, bis das fertig ist.",
  "This browser has shared as much as one may here: take something back first.":
    "Dieser Browser hat so viel geteilt, wie man hier darf: Nimm zuerst etwas zurück.",
  "This workspace has {0} members already: its owner can remove some.":
    "Dieser Arbeitsbereich hat schon {0} Mitglieder: Sein Besitzer kann welche entfernen.",
  "Your workstation can open no terminal: {0}": "Deine Workstation kann kein Terminal öffnen: {0}",
  "There is no preview under this name.": "Unter diesem Namen gibt es keine Vorschau.",
  "This link has expired. Press Open in the workspace once more.":
    "Dieser Link ist abgelaufen. Drücke im Arbeitsbereich noch einmal auf Öffnen.",
  "Only members of its workspace may see this container. Press Open in the workspace.":
    "Diesen Container dürfen nur Mitglieder seines Arbeitsbereichs sehen. Drücke im Arbeitsbereich auf Öffnen.",
  "The container did not answer. It may still be starting, or have stopped.":
    "Der Container hat nicht geantwortet. Vielleicht startet er noch, oder er hat gehalten.",
  "Port {0} answers, but it speaks {1*}: a browser cannot show it.":
    "Port {0} antwortet, spricht aber {1*}: Das kann ein Browser nicht zeigen.",
  "Port {0} takes connections and closes them without an answer. It may speak {1*}, which a browser cannot show, or its program may just have failed.":
    "Port {0} nimmt Verbindungen an und schließt sie ohne Antwort. Vielleicht spricht er {1*}, was ein Browser nicht zeigen kann, oder sein Programm ist gerade gescheitert.",
  "something else than HTTP": "etwas anderes als HTTP",
  "{0}, not HTTP": "{0}, nicht HTTP",
  "Talk to it in its own words: from another container on its network, or in your workstation:":
    "Sprich mit ihm in seinen Worten: von einem anderen Container in seinem Netz aus, oder in deiner Workstation:",
};
