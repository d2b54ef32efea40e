import type { Person, Place, RoomView, TerminalWriter } from "#contract/together-events.ts";
import type { Connection } from "../../lib/connection.ts";
import { messages } from "../../lib/messages.ts";
import { keepOwnName } from "../../lib/person.ts";
import { Store } from "../../lib/store.ts";

/** A cursor that moves is told so often at most, ms. */
const movePause = 80;

/** Who else has the workspace open, where they are, and who has the keyboard of each terminal. */
export class TogetherStore {
  readonly people = new Store<readonly Person[]>([]);
  readonly writers = new Store<readonly TerminalWriter[]>([]);
  /** the person whose steps this page follows */
  readonly following = new Store<string | undefined>(undefined);
  /** this browser's member id */
  readonly member: string;
  readonly #connection: Connection;
  #you = "";
  #place: Place = {};
  /** where it was when it last went by itself */
  #told: Place = {};
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(member: string, connection: Connection) {
    this.member = member;
    this.#connection = connection;
  }

  start(): () => void {
    const stops = [
      this.#connection.on("room", (view) => this.#entered(view)),
      this.#connection.on("person-moved", ({ id, place }) => {
        this.people.update((all) => all.map((person) => (person.id === id ? { ...person, place } : person)));
      }),
      this.#connection.state.subscribe(() => {
        if (this.#connection.state.value.connected) return;
        this.people.set([]);
        this.writers.set([]);
      }),
    ];
    return () => {
      clearTimeout(this.#timer);
      for (const stop of stops) stop();
    };
  }

  isSelf({ id }: Person): boolean {
    return id === this.#you;
  }

  /** Pages of others. */
  get others(): Person[] {
    return this.people.value.filter((person) => !this.isSelf(person));
  }

  /** The same one wherever somebody is named. Guests give theirs when they come in. */
  nameOf({ name, role }: Pick<Person, "name" | "role">): string {
    return name || messages.together[role === "owner" ? "owner" : "guest"];
  }

  /** The name of a member, who may be here with several pages. */
  nameOfMember(member: string): string {
    const person = this.people.value.find((each) => each.member === member);
    return person === undefined ? messages.together.guest : this.nameOf(person);
  }

  callMe(name: string): void {
    keepOwnName(name);
    this.#connection.send("person-name", { name });
  }

  /** Where this page's learner has gone. Who follows somebody goes nowhere: two who follow each other would never rest. */
  move(place: Place): void {
    const hasTurned = place.path !== undefined && place.path !== this.#place.path;
    this.#place = { ...this.#place, ...place };
    if (hasTurned) this.people.update((all) => this.#withOwnPath(all));
    if (this.following.value === undefined) this.#tell();
  }

  follow(id: string | undefined): void {
    if (id === this.following.value) return;
    this.following.set(id);
    // The others see whose file it is that this page shows.
    this.#tell();
  }

  /** The file that a page shows: who goes along with somebody has theirs. */
  pathOf(person: Person): string | undefined {
    const seen = new Set<string>();
    let shown: Person | undefined = person;
    while (shown?.place.follows !== undefined && !this.isSelf(shown) && !seen.has(shown.id)) {
      seen.add(shown.id);
      const { follows }: Place = shown.place;
      shown = this.people.value.find(({ id }) => id === follows);
    }
    return (shown ?? person).place.path;
  }

  /** Where the followed person is. */
  get followedPlace(): Place | undefined {
    return this.people.value.find(({ id }) => id === this.following.value)?.place;
  }

  writerOf(terminal: string): TerminalWriter | undefined {
    return this.writers.value.find((each) => each.terminal === terminal);
  }

  /** Nobody else has it: what this learner types goes to the terminal. */
  hasKeyboard(terminal: string): boolean {
    const writer = this.writerOf(terminal);
    return writer === undefined || writer.writer === this.member;
  }

  askFor(terminal: string): void {
    this.#connection.send("terminal-ask", { terminal });
  }

  /** @param to null: the writer keeps it */
  give(terminal: string, to: string | null): void {
    this.#connection.send("terminal-give", { terminal, to });
  }

  #tell(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const follows = this.following.value;
      if (follows === undefined) this.#told = this.#place;
      this.#connection.send("person-move", { place: follows === undefined ? this.#told : { ...this.#told, follows } });
    }, movePause);
  }

  #entered({ you, people, writers }: RoomView): void {
    const isNew = you !== this.#you;
    this.#you = you;
    this.people.set(this.#withOwnPath(people));
    this.writers.set(writers);
    if (isNew) this.#tell();
    const followed = this.following.value;
    if (followed !== undefined && !people.some(({ id }) => id === followed)) this.follow(undefined);
  }

  /** The server hears of this page's steps later, and while it follows not at all. */
  #withOwnPath(people: readonly Person[]): Person[] {
    const { path } = this.#place;
    return people.map((person) =>
      this.isSelf(person) && path !== undefined ? { ...person, place: { ...person.place, path } } : person,
    );
  }
}
