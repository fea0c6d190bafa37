/** Reads server-sent events with a token, which a browser's own EventSource cannot send. */

const COME_BACK_MS = 3_000

/** Splits a stream of text into events, each as its fields. */
async function* eventsOf(body) {
  let rest = ""
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    const events = (rest + value).split("\n\n")
    rest = events.pop()
    for (const event of events) {
      const lines = event.split("\n").map((line) => /^(\w+): ?(.*)$/.exec(line) ?? [])
      yield Object.fromEntries(lines.map(([, field, text]) => [field, text]))
    }
  }
}

/**
 * Watches a path: calls `shown` with each new answer, and with undefined while there is nothing to
 * see. It comes back when it is cut off, until it is closed or refused. `failed` gets a sentence.
 */
export const watch = (path, headersNow, shown, failed) => {
  const closing = new AbortController()
  const { signal } = closing
  let [last, backMs] = ["", COME_BACK_MS]
  const take = ({ event, data, id, retry }) => {
    if (id !== undefined) last = id
    if (retry !== undefined) backMs = Number(retry)
    if (data === undefined) return
    if (event === undefined) shown(JSON.parse(data))
    if (event === "gone") shown(undefined)
    if (event === "problem") failed(JSON.parse(data).title)
  }
  const read = async () => {
    const again = last === "" ? {} : { "Last-Event-ID": last }
    const headers = { ...headersNow(), ...again, Accept: "text/event-stream" }
    const response = await fetch(path, { headers, signal })
    if (!response.ok) {
      closing.abort()
      return failed((await response.json()).title)
    }
    for await (const event of eventsOf(response.body)) take(event)
  }
  const readOn = async () => {
    while (!signal.aborted) {
      // Whatever cut it off, the next try says whether it still holds.
      await read().catch(() => {})
      if (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, backMs))
    }
  }
  readOn()
  return { close: () => closing.abort() }
}
