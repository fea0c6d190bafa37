/** The requests in flight at a gateway, and how they end when the gateway stops. */
import type { MiddlewareHandler } from "hono"
import { toProblem, Unavailable } from "../contracts/internal.ts"
import { problemResponse } from "./respond.ts"

const cutOff = (): Response => {
  const message = "this gateway stops and cannot wait for the answer: ask again with the same " +
    "Idempotency-Key"
  const response = problemResponse(toProblem(new Unavailable({ message, retryAfterMs: 1_000 })))
  response.headers.set("Connection", "close")
  return response
}

/** The requests that have not been answered yet. */
export class InFlight {
  readonly #cuts = new Set<() => void>()
  #stopping = false
  #cut = false
  #none = () => {}

  /** Whether this process is about to stop, so that no more requests should be sent to it. */
  get stopping(): boolean {
    return this.#stopping
  }

  /** How many requests are not answered yet. */
  get size(): number {
    return this.#cuts.size
  }

  /** Notes that this process is about to stop. Requests are answered as before. */
  stop(): void {
    this.#stopping = true
  }

  /** Resolves once all are answered. Those that take longer than this are answered 503. */
  async finish(graceMs: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined
    if (this.size > 0) {
      const late = new Promise<void>((resolve) => timer = setTimeout(resolve, graceMs))
      await Promise.race([late, new Promise<void>((resolve) => this.#none = resolve)])
    }
    clearTimeout(timer)
    this.#cut = true
    for (const cut of this.#cuts) cut()
  }

  /** Counts a request until it is answered, and answers it when it is cut off. */
  readonly counted: MiddlewareHandler = async (context, next) => {
    if (this.#cut) return cutOff()
    let cut = () => {}
    const off = new Promise<"off">((resolve) => cut = () => resolve("off"))
    this.#cuts.add(cut)
    try {
      if (await Promise.race([next(), off]) === "off") context.res = cutOff()
      else if (this.#stopping) context.header("Connection", "close")
    } finally {
      this.#cuts.delete(cut)
      if (this.#cuts.size === 0) this.#none()
    }
  }
}
