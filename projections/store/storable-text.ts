/** Text that every store can keep: Postgres takes neither U+0000 nor half of a surrogate pair. */

/** The text with each such character replaced by U+FFFD. */
export const storableText = (text: string): string =>
  // Ids and most texts have only these characters, which is quickly checked.
  /^[ -~]*$/.test(text)
    ? text
    // deno-lint-ignore no-control-regex
    : text.toWellFormed().replace(/\u0000/g, "\ufffd")

/** A plain value with such characters replaced in all the texts that it holds. */
export const storableValue = (value: unknown): unknown => {
  if (typeof value === "string") return storableText(value)
  if (Array.isArray(value)) return value.map(storableValue)
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, storableValue(each)]),
  )
}

/**
 * JSON that Postgres takes, with such characters replaced in all its texts. An escape counts only
 * after an even number of backslashes.
 */
export const storableJson = (value: unknown): string => {
  const json = JSON.stringify(value)
  // The search is slow, and it has nothing to find in nearly all rows.
  if (!json.includes("\\u")) return json
  return json.replace(/(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/g, "$1\\ufffd")
}
