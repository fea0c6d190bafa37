/** The tutorial as data: the files that a reader writes, the changes, and the requests. */

/** A file that the reader writes. */
export interface WrittenFile {
  readonly path: string
  readonly text: string
}

/** A request that the reader makes, and the answer in the tutorial. */
export interface Request {
  readonly path: string
  readonly init: RequestInit
  /** JSON, in which the value `…` stands for any value. */
  readonly answer: unknown
  /** Whether the answer is the first of a stream of events. */
  readonly live: boolean
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

const requestOf = (command: string, answer: string): Request => {
  const path = /\$SHOP(\S*)/.exec(command)?.[1] ?? ""
  const body = / -d '([^']*)'/.exec(command)?.[1]
  const headers = [...command.matchAll(/ -H '([^:']+): ([^']*)'/g)].map(([, name, value]) => [
    name!,
    value!,
  ])
  const init: RequestInit = {
    method: / -X (\w+)/.exec(command)?.[1] ?? "GET",
    headers: Object.fromEntries(headers),
    ...(body === undefined ? {} : { body }),
  }
  const live = answer.startsWith("data: ")
  return { path, init, answer: JSON.parse(answer.replace(/^data: /, "")), live }
}

/** Each `curl` in a shell block, with the line after it as its answer. */
export const requestsOf = (tutorial: string): Request[] =>
  [...tutorial.matchAll(/^```sh\n([^]*?)^```$/gm)].flatMap(([, block]) => {
    const text = block!.replace(/\\\n\s*/g, "")
    return [...text.matchAll(/^(curl .*)\n(.*)$/gm)].map(([, command, answer]) =>
      requestOf(command!, answer!)
    )
  })
