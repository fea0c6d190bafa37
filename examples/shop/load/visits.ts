/** Visits to a running shop over HTTP: patient when it is away, and never for ever. */
import { setTimeout } from "node:timers/promises"

/** For how long what is not answered is tried again, in milliseconds. */
const ANSWER_MS = 60_000
const ATTEMPT_MS = 15_000
const PAUSE_MS = 200

/** What was answered. */
export interface Answer<Body> {
  readonly status: number
  readonly body: Body
}

/** A shop that is visited. */
export class Visits {
  readonly #url: string

  constructor(url: string) {
    this.#url = url
  }

  /** Gives an order to an actor, once: `key` makes it the same one each time that it is tried. */
  say(path: string, fields: object, key: string): Promise<Answer<{ readonly position: string }>> {
    return this.#ask(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", "Idempotency-Key": key },
      body: JSON.stringify(fields),
    })
  }

  /** Reads what must be there, as far as the positions in `after`. */
  async read<Body>(path: string, after = ""): Promise<Body> {
    const { status, body } = await this.#read<Body>(path, after)
    if (status !== 200) throw refused(path, status, body)
    return body
  }

  /** Reads what need not be there: undefined when it is not. */
  async find<Body>(path: string): Promise<Body | undefined> {
    const { status, body } = await this.#read<Body>(path, "")
    if (status === 404) return undefined
    if (status !== 200) throw refused(path, status, body)
    return body
  }

  #read<Body>(path: string, after: string): Promise<Answer<Body>> {
    return this.#ask(path, after === "" ? {} : { headers: { "Leftfold-After": after } })
  }

  async #ask<Body>(path: string, init: RequestInit): Promise<Answer<Body>> {
    const until = performance.now() + ANSWER_MS
    for (;;) {
      const problem = await this.#attempt<Body>(path, init)
      if (typeof problem !== "string") return problem
      if (performance.now() > until) {
        throw new Error(`${this.#url}${path} gave no answer in ${ANSWER_MS / 1_000} s: ${problem}`)
      }
      await setTimeout(PAUSE_MS)
    }
  }

  /** The answer, or why there is none yet. */
  async #attempt<Body>(path: string, init: RequestInit): Promise<Answer<Body> | string> {
    try {
      const signal = AbortSignal.timeout(ATTEMPT_MS)
      const response = await fetch(`${this.#url}${path}`, { ...init, signal })
      const text = await response.text()
      if (response.status >= 500) return `${response.status} ${text}`
      return { status: response.status, body: JSON.parse(text) as Body }
    } catch (error) {
      return String(error instanceof Error ? error.cause ?? error : error)
    }
  }
}

/** An answer that nobody expected. */
export const refused = (path: string, status: number, body: unknown): Error =>
  new Error(`${path} was answered with ${status}: ${JSON.stringify(body)}`)
