/** Speaks to the console's server, with the token that its address brought. */

const KEPT = "leftfold-token"

/** Takes the token out of the address, so that it is neither shared nor kept in the history. */
export const takeToken = () => {
  const given = /^#token=([\w-]+)(.*)$/.exec(location.hash)
  if (!given) return
  sessionStorage.setItem(KEPT, given[1])
  history.replaceState(null, "", `#${given[2].replace(/^#/, "") || "/"}`)
}

/** Keeps a token that was typed. */
export const keepToken = (token) => sessionStorage.setItem(KEPT, token)

const headers = () => ({ Authorization: `Bearer ${sessionStorage.getItem(KEPT) ?? ""}` })

/** A refusal of the server. */
export class Refused extends Error {
  constructor({ error, message, costly = false }, status) {
    super(message ?? String(error))
    this.tag = error
    // Whether it is answered if its cost is accepted.
    this.costly = costly
    this.status = status
  }
}

/** Asks a question, or does something. Rejects with `Refused`. */
export const ask = async (name, params = {}, signal = undefined) => {
  const response = await fetch(`/api/${name}`, {
    method: "POST",
    headers: { ...headers(), "Content-Type": "application/json" },
    body: JSON.stringify(params),
    signal,
  })
  const answer = await response.json()
  if (!response.ok) throw new Refused(answer, response.status)
  return answer
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

const readEvents = async (body, told) => {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  let text = ""
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    text += value
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const lines = text.slice(0, end).split("\n")
      text = text.slice(end + 2)
      const event = lines.find((line) => line.startsWith("event: "))?.slice(7)
      const data = lines.find((line) => line.startsWith("data: "))?.slice(6)
      if (event && data) told(event, JSON.parse(data))
    }
  }
}

/** Tells each live event, for ever; comes back after an interruption. */
export const watch = async (told) => {
  for (;;) {
    try {
      const response = await fetch("/live", { headers: headers() })
      if (response.ok) await readEvents(response.body, told)
      told("outage", { message: "the stream has ended; it is opened again" })
    } catch (error) {
      told("outage", { message: `the console cannot be reached: ${error.message}` })
    }
    await pause(2_000)
  }
}
