import type { together as english } from "../en/together.ts";
import type { Shape } from "../catalogue.ts";

export const together: Shape<typeof english> = {
  title: "Zusammen arbeiten",
  text: "Andere kommen über einen Link in diesen Arbeitsbereich und schreiben mit oder sehen zu. Seine Container sind ein Rechner für alle.",
  textForGuests: "Dieser Arbeitsbereich gehört jemand anderem. Du siehst, wer da ist, und kannst mitgehen.",
  yourName: "Dein Name",
  namePlaceholder: "Wie andere dich sehen",
  here: "Gerade hier",
  you: "(du)",
  owner: "Eigentümer",
  guest: "Gast",
  roles: { owner: "Eigentümer", editor: "Mitschreiben", viewer: "Zusehen" },
  rolesLong: { editor: "Mitschreiben, bauen, starten, tippen", viewer: "Nur zusehen" },
  follow: "Folgen",
  unfollow: "Nicht mehr folgen",
  following: "Du folgst {name}",
  viewing: "Du siehst zu: du siehst alles und änderst nichts.",
  only: {
    editor: "Du siehst zu. Wem dieser Arbeitsbereich gehört, kann dich mitschreiben lassen.",
    owner: "Das kann nur, wem dieser Arbeitsbereich gehört.",
  },
  invite: "Mit einem Link einladen",
  inviteAs: "Wozu einladen",
  createLink: "Link erstellen",
  linkOnce: "Der Link, nur dieses eine Mal gezeigt. Wer ihn hat, kommt hinein.",
  link: "Link zum: {role}, {when}",
  revoke: "Zurückziehen",
  revokeOf: "Den Link für {role} zurückziehen",
  revokeNow: "Den Link für {role} wirklich zurückziehen",
  members: "Mitglieder",
  roleOf: "Rolle von {name}",
  remove: "{name} entfernen",
  removal: {
    title: "{name} entfernen?",
    text: "{name} ist sofort draußen und kommt nur mit einem Link zurück, der nicht zurückgezogen ist.",
    links:
      "{count, plural, one {Auch den Link zurückziehen, der noch offen ist. Wer mit ihm kam, bleibt Mitglied.} other {Auch die # Links zurückziehen, die noch offen sind. Wer mit ihnen kam, bleibt Mitglied.}}",
    keep: "Behalten",
    yes: "Entfernen",
    done: "{name} ist kein Mitglied mehr.",
  },
  leave: "Diesen Arbeitsbereich verlassen",
  comings: {
    came: "Jetzt hier: {names}.",
    left: "Nicht mehr hier: {names}.",
  },
  join: {
    title: "Einem Arbeitsbereich beitreten",
    invited: {
      editor:
        "Du bist in den Arbeitsbereich „{workspace}“ eingeladen, um mitzuschreiben, zu bauen, zu starten und zu tippen.",
      viewer:
        "Du bist in den Arbeitsbereich „{workspace}“ eingeladen, um zuzusehen: du siehst alles und änderst nichts.",
    },
    invitedBy: {
      editor:
        "{name} lädt dich in den Arbeitsbereich „{workspace}“ ein, um mitzuschreiben, zu bauen, zu starten und zu tippen.",
      viewer:
        "{name} lädt dich in den Arbeitsbereich „{workspace}“ ein, um zuzusehen: du siehst alles und änderst nichts.",
    },
    text: "Andere sehen dort deinen Namen; sonst wird nichts verlangt.",
    nameMissing: "Sag zuerst, wie andere dich nennen sollen.",
    submit: "Beitreten",
    broken: "Das ist keine ganze Einladung: Vom Link fehlt ein Teil. Bitte noch einmal um ihn.",
  },
  keyboard: {
    free: "Wer zuerst tippt, hat die Tastatur.",
    yours: "Du hast die Tastatur.",
    has: "{name} tippt hier.",
    ask: "Um die Tastatur bitten",
    asked: "Du hast um die Tastatur gebeten.",
    take: "Tastatur übernehmen",
    wanted: "{name} bittet um die Tastatur.",
    give: "Übergeben",
    keep: "Jetzt nicht",
  },
};
