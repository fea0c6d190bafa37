/** Live figures: the overview as server-sent events, read once for all who watch. */
import { isFailure, messageOf, Overloaded } from "../../contracts/internal.ts"
import { limited, reportError } from "../../wire/internal.ts"
import { CONSOLE } from "./limits.ts"
import type { Overview } from "./overview.ts"
import { SAFE_HEADERS } from "./static-files.ts"

/** Limited, because it is read each second. */
const tell = limited(reportError, { burst: 2, everyMs: 60_000 })

type Send = (event: string) => void

/** Sends the overview to all watchers, as long as there are any. */
export class Live {
  readonly #overview: Overview
  readonly #watchers = new Set<Send>()
  #timer: ReturnType<typeof setTimeout> | undefined
  #closed = false

  constructor(overview: Overview) {
    this.#overview = overview
  }

  /** A stream of events. Throws `Overloaded` when there are too many. */
  stream(): Response {
    if (this.#watchers.size >= CONSOLE.streams || this.#closed) {
      const message = `the console serves ${CONSOLE.streams} streams at once: close a page`
      throw new Overloaded({ message, retryAfterMs: CONSOLE.liveMs })
    }
    const encoder = new TextEncoder()
    let send: Send = () => {}
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        send = (event) => {
          const isFull = (controller.desiredSize ?? 0) < 0
          if (event !== "" && !isFull) return controller.enqueue(encoder.encode(event))
          this.#leave(send)
          controller.close()
        }
        this.#watchers.add(send)
        if (this.#timer === undefined) void this.#tick()
      },
      cancel: () => this.#leave(send),
    }, new ByteLengthQueuingStrategy({ highWaterMark: CONSOLE.unreadBytes }))
    return new Response(body, {
      headers: { ...SAFE_HEADERS, "Content-Type": "text/event-stream; charset=utf-8" },
    })
  }

  /** Ends all streams. */
  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
    for (const send of [...this.#watchers]) send("")
  }

  #leave(send: Send): void {
    this.#watchers.delete(send)
    if (this.#watchers.size > 0) return
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  async #tick(): Promise<void> {
    // A place holder, so that nobody begins a second round while this one reads.
    this.#timer = setTimeout(() => {}, 0)
    let event: string
    try {
      event = `event: overview\ndata: ${JSON.stringify(await this.#overview.look())}\n\n`
    } catch (error) {
      // A bug must end neither the streams nor the application that runs in this process.
      if (!isFailure(error)) tell(`the console cannot read its overview: ${messageOf(error)}`)
      event = `event: outage\ndata: ${JSON.stringify({ message: messageOf(error) })}\n\n`
    }
    for (const send of [...this.#watchers]) send(event)
    if (this.#watchers.size === 0 || this.#closed) return void (this.#timer = undefined)
    this.#timer = setTimeout(() => void this.#tick(), CONSOLE.liveMs)
  }
}
