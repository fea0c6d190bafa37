/** JSON as Postgres takes it: its texts hold neither U+0000 nor half of a surrogate pair. */

/**
 * The value as JSON, in which U+FFFD stands for each such character. An escape counts only after an
 * even number of backslashes.
 */
export const storableJson = (value: unknown): string => {
  const json = JSON.stringify(value)
  // The search is slow, and it has nothing to find in nearly all rows.
  if (!json.includes("\\u")) return json
  return json.replace(/(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/g, "$1\\ufffd")
}
