/** Text that every store can keep: Postgres takes neither U+0000 nor half of a surrogate pair. */

/** The text with each such character replaced by U+FFFD. */
export const storableText = (text: string): string =>
  // Ids and most texts have only these characters, which is quickly checked.
  /^[ -~]*$/.test(text)
    ? text
    // deno-lint-ignore no-control-regex
    : text.toWellFormed().replace(/\u0000/g, "\ufffd")

/** The key under which a view keeps the row that is asked for by this text. */
export const keptKey = (text: string): string => storableText(text)

/** Whether a text in a plain value holds U+0000. */
export const holdsNul = (value: unknown): boolean => {
  if (typeof value === "string") return value.includes("\0")
  if (typeof value !== "object" || value === null) return false
  if (Array.isArray(value)) return value.some(holdsNul)
  for (const name in value) {
    if (holdsNul((value as { readonly [name: string]: unknown })[name])) return true
  }
  return false
}

/** A plain value with such characters replaced in all the texts that it holds. */
export const storableValue = (value: unknown): unknown => {
  if (typeof value === "string") return storableText(value)
  if (Array.isArray(value)) return value.map(storableValue)
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, storableValue(each)]),
  )
}
