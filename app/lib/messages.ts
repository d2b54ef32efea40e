import { messagesIn, pageLanguage } from "./language.ts";

/**
 * Every text of the page, in its language. What the server draws asks `useMessages` instead: it serves all languages. So does
 * what the layout is made of: it is there before the texts are.
 */
export const messages = messagesIn(pageLanguage());
