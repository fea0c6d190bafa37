/** Text that others wrote, made safe for terminals and logs. */

/** Control characters, and characters that change the direction of text. */
// deno-lint-ignore no-control-regex
const ORDERS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g

/** Text that is safe to print. Otherwise text written by others could control the terminal. */
export const harmless = (text: string): string => text.replace(ORDERS, "\ufffd")

/** The user and the password, or the token, in an address. */
const CREDENTIALS = /:\/\/[^\s/?#]*@/g

/** Text whose addresses show no user and no password. */
export const withoutCredentials = (text: string): string => text.replace(CREDENTIALS, "://***@")

/**
 * The same for one entry of a log. Addresses in it show no password. Its further lines are
 * indented, so that none of them can pass for an entry, and a long entry is cut.
 */
export const logEntry = (text: string, characters: number): string => {
  const kept = text.length <= characters
    ? text
    : `${text.slice(0, characters)}… (${text.length - characters} more characters)`
  return harmless(withoutCredentials(kept)).replace(/[\n\u2028\u2029] {0,4}/g, "\n    ")
}
