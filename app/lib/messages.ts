import { messagesIn, pageLanguage } from "./language.ts";

/** Every text of the page, in its language. What the server draws asks `useMessages` instead: it serves all languages. */
export const messages = messagesIn(pageLanguage());
