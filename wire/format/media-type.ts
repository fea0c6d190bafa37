/** Media types as RFC 9110 spells them: a `Content-Type`, or one range of an `Accept`. */

/** A media type, in lower case, and its parameters by name. */
export interface MediaType {
  readonly type: string
  readonly parameters: ReadonlyMap<string, string>
}

/** The longest accepted text, in characters. */
const LONGEST = 256

const TYPE = /^[ \t]*([!#$%&'*+.^_`|~0-9a-z-]+\/[!#$%&'*+.^_`|~0-9a-z-]+)[ \t]*/i

/** One parameter, or nothing between two semicolons. Its parts cannot match the same characters. */
const PARAMETER =
  /;[ \t]*(?:([!#$%&'*+.^_`|~0-9a-z-]+)=([!#$%&'*+.^_`|~0-9a-z-]+|"(?:[^"\\]|\\.)*")[ \t]*)?/giy

const unquoted = (value: string): string =>
  value.startsWith('"') ? value.slice(1, -1).replaceAll(/\\(.)/g, "$1") : value

/** Reads a media type; undefined when the text is not one, or repeats a parameter. */
export const parseMediaType = (text: string): MediaType | undefined => {
  if (text.length > LONGEST) return undefined
  const [begin, type] = TYPE.exec(text) ?? []
  if (begin === undefined || type === undefined) return undefined
  const parameters = new Map<string, string>()
  PARAMETER.lastIndex = begin.length
  while (PARAMETER.lastIndex < text.length) {
    const found = PARAMETER.exec(text)
    if (!found) return undefined
    const [, name, value] = found
    if (name === undefined || value === undefined) continue
    if (parameters.has(name.toLowerCase())) return undefined
    parameters.set(name.toLowerCase(), unquoted(value))
  }
  return { type: type.toLowerCase(), parameters }
}
