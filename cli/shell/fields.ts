/** Fields on the command line: one map as JSON, or `name=value` for each field. */
import { isMap } from "../../wire/internal.ts"
import { Problem } from "../problem.ts"

/** JSON where it is JSON, such as `3` and `true`; any other text as it is. */
const valueOf = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** The fields that these words give. Throws a `Problem` for words that give none. */
export const fieldsOf = (words: readonly string[]): Record<string, unknown> => {
  const [first = "", ...others] = words
  if (first.trimStart().startsWith("{") && others.length === 0) {
    const map = valueOf(first)
    if (isMap(map)) return map
    throw new Problem({ message: `${first} is not a map of fields as JSON` })
  }
  return Object.fromEntries(words.map((word) => {
    const sign = word.indexOf("=")
    if (sign > 0) return [word.slice(0, sign), valueOf(word.slice(sign + 1))]
    throw new Problem({
      message: `"${word}" is no field: write name=value, or all as one JSON map`,
    })
  }))
}
