/** Visits to a running shop over HTTP: they wait while it is down, but not for ever. */
import { setTimeout } from "node:timers/promises"

/** For how long an unanswered request is repeated, in milliseconds. */
const ANSWER_MS = 60_000
const ATTEMPT_MS = 15_000
const PAUSE_MS = 200

interface Sent extends RequestInit {
  readonly headers?: Readonly<Record<string, string>>
}

/** An answer. */
export interface HttpAnswer<Body> {
  readonly status: number
  readonly body: Body
}

/** The token of staff, where names are enough. */
const STAFF = "dev:staff"

/** A running shop and how to visit it: with a token of its staff. */
export class Visits {
  readonly #url: string
  readonly #headers: Readonly<Record<string, string>>

  constructor(url: string, token = STAFF) {
    this.#url = url
    this.#headers = { Authorization: `Bearer ${token}` }
  }

  /** Sends a command to an actor. `key` makes every attempt the same command. */
  say(
    path: string,
    fields: object,
    key: string,
  ): Promise<HttpAnswer<{ readonly position: string }>> {
    return this.#ask(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", "Idempotency-Key": key },
      body: JSON.stringify(fields),
    })
  }

  /** Reads something that must exist, as far as the positions in `after`. */
  async read<Body>(path: string, after = ""): Promise<Body> {
    const { status, body } = await this.#read<Body>(path, after)
    if (status !== 200) throw refused(path, status, body)
    return body
  }

  /** Reads something that may not exist: then undefined. */
  async find<Body>(path: string): Promise<Body | undefined> {
    const { status, body } = await this.#read<Body>(path, "")
    if (status === 404) return undefined
    if (status !== 200) throw refused(path, status, body)
    return body
  }

  #read<Body>(path: string, after: string): Promise<HttpAnswer<Body>> {
    return this.#ask(path, after === "" ? {} : { headers: { "Leftfold-After": after } })
  }

  async #ask<Body>(path: string, init: Sent): Promise<HttpAnswer<Body>> {
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

  /** The answer, or why there is no answer yet. */
  async #attempt<Body>(path: string, init: Sent): Promise<HttpAnswer<Body> | string> {
    try {
      const signal = AbortSignal.timeout(ATTEMPT_MS)
      const headers = { ...init.headers, ...this.#headers }
      const response = await fetch(`${this.#url}${path}`, { ...init, headers, signal })
      const text = await response.text()
      if (response.status >= 500) return `${response.status} ${text}`
      return { status: response.status, body: JSON.parse(text) as Body }
    } catch (error) {
      return String(error instanceof Error ? error.cause ?? error : error)
    }
  }
}

/** The error for an unexpected answer. */
export const refused = (path: string, status: number, body: unknown): Error =>
  new Error(`${path} was answered with ${status}: ${JSON.stringify(body)}`)
