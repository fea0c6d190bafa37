/** A stream of server-sent events to one client, which gets what it has not seen yet. */
import type { Context } from "hono"
import { type SSEStreamingApi, streamSSE } from "hono/streaming"
import { type Serving, within } from "../wire/internal.ts"
import { COME_BACK_MS, HEARTBEAT_MS, UNREAD_MS } from "./limits.ts"
import type { Watcher } from "./live-query.ts"
import { differs, type Shown } from "./live-answer.ts"

/** How patient a stream is. */
export interface Patience {
  /** How often it says that it is alive, in milliseconds. */
  readonly heartbeatMs?: number
  /** How long the client may leave what it was sent unread, in milliseconds. */
  readonly unreadMs?: number
}

/**
 * Sends to one client. Only the last answer waits to be sent: a client that reads slowly sees fewer
 * of them, and nothing piles up.
 */
class Sender implements Watcher {
  readonly #stream: SSEStreamingApi
  readonly #heartbeatMs: number
  readonly #unreadMs: number
  #next: Shown | undefined
  #sent: Shown | undefined
  #ended = false
  #wake = () => {}

  constructor(stream: SSEStreamingApi, patience: Patience) {
    const { heartbeatMs = HEARTBEAT_MS, unreadMs = UNREAD_MS } = patience
    this.#stream = stream
    this.#heartbeatMs = heartbeatMs
    this.#unreadMs = unreadMs
    stream.onAbort(() => this.#end())
  }

  shown(shown: Shown): void {
    this.#next = shown
    this.#wake()
  }

  ended(last: Shown): void {
    this.#next = last
    this.#end()
  }

  /** Sends until it has ended or the client is gone; false when the client did not read. */
  async run(): Promise<boolean> {
    while (!this.#stream.aborted) {
      const next = this.#take()
      if (!next && this.#ended) return true
      if (!next && await this.#woken()) continue
      const sending = next ? this.#send(next) : this.#stream.write(":\n\n")
      if (!await within(this.#unreadMs, sending)) return false
    }
    return true
  }

  #end(): void {
    this.#ended = true
    this.#wake()
  }

  /** What is to be sent; nothing when the client would see no difference. */
  #take(): Shown | undefined {
    const next = this.#next
    this.#next = undefined
    if (!next || differs(this.#sent, next)) return next
    return next.position === "" || next.position === this.#sent?.position ? undefined : next
  }

  async #send(shown: Shown): Promise<void> {
    const { kind, data, position } = shown
    const before = this.#sent
    this.#sent = shown
    const content = differs(before, shown)
      ? { data, ...(kind === "result" ? {} : { event: kind }) }
      : { data: JSON.stringify(position), event: "position" }
    await this.#stream.writeSSE({
      ...content,
      ...(position === "" ? {} : { id: position }),
      ...(before ? {} : { retry: COME_BACK_MS }),
    })
  }

  /** Resolves to true when there is something to do, and to false when it is time for a sign. */
  #woken(): Promise<boolean> {
    return within(this.#heartbeatMs, new Promise<void>((resolve) => this.#wake = resolve))
  }
}

/** Under node:http the connection itself can be cut, with all that waits to be read from it. */
const cut = ({ env }: Context): void => {
  const { outgoing } = (env ?? {}) as { outgoing?: { destroy: () => void } }
  outgoing?.destroy()
}

/** Answers with a stream of what is shown: the first answer, then what `watch` tells. */
export const eventStream = (
  context: Context,
  first: Shown,
  watch: (watcher: Watcher) => Serving,
  patience: Patience,
): Response => {
  context.header("X-Accel-Buffering", "no")
  const response = streamSSE(context, async (stream) => {
    const sender = new Sender(stream, patience)
    sender.shown(first)
    const watching = watch(sender)
    try {
      if (await sender.run()) return
      stream.abort()
      cut(context)
    } finally {
      watching.close()
    }
  })
  response.headers.set("Cache-Control", "no-store")
  return response
}
