/** The tutorial as data: the files that a reader writes, the changes, and the requests. */

/** A file that the reader writes. */
export interface WrittenFile {
  readonly path: string
  readonly text: string
}

/** The code blocks with a path in backticks above them. */
export const filesOf = (tutorial: string): WrittenFile[] =>
  [...tutorial.matchAll(/^`([^`]+\.ts)`\n\n```ts\n([^]*?)^```$/gm)].map(([, path, text]) => ({
    path: path!,
    text: text!,
  }))

/** Applies the tutorial's changes to a text. Throws if the text lacks a line that they change. */
export const changed = (tutorial: string, text: string): string => {
  const lines = text.split("\n")
  for (const [, diff] of tutorial.matchAll(/^```diff\n([^]*?)^```$/gm)) {
    let at = 0
    for (const line of diff!.trimEnd().split("\n")) {
      const [mark, rest] = [line[0], line.slice(1)]
      if (mark === "@") continue
      if (mark === "+") {
        lines.splice(at++, 0, rest)
        continue
      }
      const found = lines.indexOf(rest)
      if (found < 0) throw new Error(`there is no line "${rest}" to change`)
      if (mark === "-") lines.splice(found, 1)
      at = mark === "-" ? found : found + 1
    }
  }
  return lines.join("\n")
}
