/** A stream of server-sent events to one client, which is sent what it has not seen. */
import { Buffer } from "node:buffer"
import type { Context } from "hono"
import { TooLarge } from "../contracts/internal.ts"
import { NO_BYTES, type Serving, within } from "../wire/internal.ts"
import type { Backlog, Unread } from "./backlog.ts"
import { differs, eventOf, type Mark, markOf, positionEventOf } from "./event-text.ts"
import { COME_BACK_MS, EVENT_BYTES, HEARTBEAT_MS, PART_BYTES, UNREAD_MS } from "./limits.ts"
import { problemShown, type Shown } from "./live-answer.ts"
import type { Watcher } from "./live-query.ts"

/** How patient a stream is. */
export interface Patience {
  /** How often an idle stream sends a comment, in milliseconds. */
  readonly heartbeatMs?: number
  /** How long the client may read nothing before it is cut off, in milliseconds. */
  readonly unreadMs?: number
}

/** The connection under node:http. Destroying it drops everything that is still unread. */
interface Connection {
  readonly destroy: () => void
}

const FIRST_END = Buffer.from(`retry: ${COME_BACK_MS}\n\n`)
const END = Buffer.from("\n")
const COMMENT = Buffer.from(":\n\n")

/** The longest rest of an event that is sent in one piece with its end, in bytes. */
const SMALL_BYTES = 4_096

/** What is shown, or a problem where that is more than an event may hold. */
const bounded = (shown: Shown): Shown => {
  // A text has at least as many bytes as characters, and encoding it costs.
  const { length } = shown.data.length > EVENT_BYTES ? shown.data : eventOf(shown)
  if (length <= EVENT_BYTES) return shown
  const message = `this answer takes ${length} bytes, and an event has at most ${EVENT_BYTES}: ` +
    "ask without a stream, or for less"
  return problemShown(new TooLarge({ message }))
}

/**
 * Sends to one client. It hands over an event in parts, each when the client has read the one
 * before. Of the answers that arrive meanwhile, only the last waits.
 */
class Sender implements Watcher, Unread {
  readonly #heartbeatMs: number
  readonly #unreadMs: number
  readonly #backlog: Backlog
  readonly #connection: Connection | undefined
  #watching: Serving | undefined
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined
  #next: Shown | undefined
  #sent: Mark | undefined
  /** The event that is being sent, until the client has read all of it. */
  #event: Uint8Array | undefined
  /** The rest of it, still to be handed over. */
  #rest: Uint8Array = NO_BYTES
  /** The end of that event; empty once it is handed over. */
  #end: Uint8Array = NO_BYTES
  #ended = false
  #closed = false
  #timer: ReturnType<typeof setTimeout> | undefined
  #wake = () => {}

  constructor(backlog: Backlog, connection: Connection | undefined, patience: Patience) {
    const { heartbeatMs = HEARTBEAT_MS, unreadMs = UNREAD_MS } = patience
    this.#backlog = backlog
    this.#connection = connection
    this.#heartbeatMs = heartbeatMs
    this.#unreadMs = unreadMs
  }

  /** Opens the stream. Calls `watch` at once, and closes what it returns when the stream ends. */
  open(watch: (watcher: Watcher) => Serving): ReadableStream<Uint8Array> {
    this.#watching = watch(this)
    return new ReadableStream<Uint8Array>({
      start: (controller) => void (this.#controller = controller),
      pull: (controller) => this.#pull(controller),
      cancel: () => this.#close(),
    }, { highWaterMark: 0 })
  }

  shown(shown: Shown): void {
    // The end has the last word, which says why, even if it waits for a slow client.
    if (!this.#ended) this.#show(shown)
  }

  ended(last: Shown): void {
    if (this.#ended) return
    this.#ended = true
    this.#show(last)
  }

  #show(shown: Shown): void {
    this.#next = shown
    if (this.#event) this.#keep(this.#event)
    this.#wake()
  }

  cut(): void {
    if (this.#closed) return
    this.#close()
    if (this.#connection) this.#connection.destroy()
    else this.#controller?.error(new Error("the client did not read what it was sent"))
  }

  #close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
    this.#done()
    this.#rest = NO_BYTES
    this.#next = undefined
    this.#watching?.close()
    this.#wake()
  }

  /** Called when the client has read everything that was handed over. */
  async #pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    clearTimeout(this.#timer)
    this.#backlog.read(this)
    if (this.#end.length === 0) this.#done()
    while (!this.#closed) {
      if (this.#end.length > 0) return this.#hand(controller, this.#part())
      if (this.#take()) continue
      if (this.#ended) {
        this.#close()
        return controller.close()
      }
      if (!await this.#woken() && !this.#closed) return this.#hand(controller, COMMENT)
    }
  }

  /** Counts what is kept while the client does not read: the event, and the answer after it. */
  #keep(event: Uint8Array): void {
    const next = this.#next
    const held = { of: event, bytes: event.length }
    if (next) this.#backlog.keep(this, held, { of: next, bytes: next.data.length })
    else this.#backlog.keep(this, held)
  }

  /** Releases the event that the client has read. */
  #done(): void {
    this.#event = undefined
    this.#backlog.end(this)
  }

  #hand(controller: ReadableStreamDefaultController<Uint8Array>, bytes: Uint8Array): void {
    controller.enqueue(bytes)
    this.#timer = setTimeout(() => this.cut(), this.#unreadMs)
  }

  /** The next part. Long events are not copied, because all streams that send them share them. */
  #part(): Uint8Array {
    const [rest, end] = [this.#rest, this.#end]
    this.#rest = rest.subarray(PART_BYTES)
    if (rest.length > SMALL_BYTES) return rest.subarray(0, PART_BYTES)
    this.#end = NO_BYTES
    return rest.length === 0 ? end : Buffer.concat([rest, end])
  }

  /** Begins to send the next answer. False if the client has already seen it. */
  #take(): boolean {
    const next = this.#next && bounded(this.#next)
    this.#next = undefined
    if (!next) return false
    const mark = markOf(next)
    const before = this.#sent
    const isNew = differs(before, mark)
    // A row that is gone may be hidden: when it is looked at again would tell that it changes.
    const isQuiet = mark.kind === "gone" || mark.position === "" ||
      mark.position === before?.position
    if (!isNew && isQuiet) return false
    this.#sent = mark
    this.#event = isNew ? eventOf(next) : positionEventOf(mark.position)
    this.#rest = this.#event
    this.#end = before ? END : FIRST_END
    this.#keep(this.#event)
    return true
  }

  /** Resolves to true when there is something to send, and to false when a comment is due. */
  #woken(): Promise<boolean> {
    return within(this.#heartbeatMs, new Promise<void>((resolve) => this.#wake = resolve))
  }
}

const HEADERS = {
  "Content-Type": "text/event-stream",
  "Cache-Control": "no-store",
  "X-Accel-Buffering": "no",
}

/** A stream that only says why it ends. A browser comes back to it after `retryMs`. */
export const endedStream = (context: Context, last: Shown, retryMs: number): Response => {
  const text = `${Buffer.from(eventOf(last))}retry: ${retryMs}\n\n`
  return context.body(text, 200, HEADERS)
}

/** The options of a stream. */
export interface StreamOptions {
  readonly backlog: Backlog
  readonly patience?: Patience | undefined
}

/** Answers with a stream: the first answer, then every answer that `watch` tells. */
export const eventStream = (
  context: Context,
  first: Shown,
  watch: (watcher: Watcher) => Serving,
  { backlog, patience = {} }: StreamOptions,
): Response => {
  const { outgoing } = (context.env ?? {}) as { readonly outgoing?: Connection }
  const sender = new Sender(backlog, outgoing, patience)
  sender.shown(first)
  return context.body(sender.open(watch), 200, HEADERS)
}
