/** Names as SQL takes them. */

/** A name quoted for SQL, whatever characters it has. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`
