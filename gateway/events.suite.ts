/** What the tests of live queries share: a stream of events, read one event at a time. */
import assert from "node:assert/strict"

/** An event as a client gets it. */
export interface Event {
  readonly event: string
  readonly data: unknown
  readonly id: string | undefined
}

/** A stream of events that is being read. */
export interface Events {
  /** The next event; undefined when the stream has ended. */
  readonly next: () => Promise<Event | undefined>
  /** How many comments have come so far. */
  readonly comments: () => number
  /** Reads on until something else than an event has come: the next comment. */
  readonly comment: () => Promise<void>
  /** Goes away. */
  readonly leave: () => Promise<void>
}

const parse = (block: string): Event => {
  const fields = new Map<string, string>()
  for (const line of block.split("\n")) {
    const colon = line.indexOf(":")
    const [name, value] = [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, "")]
    const before = fields.get(name)
    fields.set(name, before === undefined ? value : `${before}\n${value}`)
  }
  return {
    event: fields.get("event") ?? "message",
    data: JSON.parse(fields.get("data") ?? ""),
    id: fields.get("id"),
  }
}

/** Reads the body of a response that is a stream of events. */
export const eventsOf = (response: Response): Events => {
  assert.equal(response.status, 200)
  assert.equal(response.headers.get("Content-Type"), "text/event-stream")
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  let read = ""
  let comments = 0
  const block = async (): Promise<string | undefined> => {
    for (;;) {
      const end = read.indexOf("\n\n")
      if (end >= 0) {
        const found = read.slice(0, end)
        read = read.slice(end + 2)
        return found
      }
      const { done, value } = await reader.read()
      if (done) return undefined
      read += value
    }
  }
  return {
    comments: () => comments,
    comment: async () => {
      assert.equal((await block())?.[0], ":")
      comments++
    },
    next: async () => {
      for (;;) {
        const found = await block()
        if (found === undefined) return undefined
        if (!found.startsWith(":")) return parse(found)
        comments++
      }
    },
    leave: () => reader.cancel(),
  }
}

/** The headers that ask for a stream of events. */
export const watching = (headers: Record<string, string> = {}): RequestInit => ({
  headers: { Accept: "text/event-stream", ...headers },
})
