/** A stream of server-sent events to one client, which gets what it has not seen yet. */
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
  /** How often it says that it is alive, in milliseconds. */
  readonly heartbeatMs?: number
  /** How long the client may leave what it was sent unread, in milliseconds. */
  readonly unreadMs?: number
}

/** The connection under node:http. To destroy it drops all that waits to be read from it. */
interface Connection {
  readonly destroy: () => void
}

const FIRST_END = Buffer.from(`retry: ${COME_BACK_MS}\n\n`)
const END = Buffer.from("\n")
const COMMENT = Buffer.from(":\n\n")

/** Up to this many bytes an event goes out together with its end. */
const SMALL_BYTES = 4_096

/** What is shown, or a problem where that is more than an event may hold. */
const bounded = (shown: Shown): Shown => {
  // There are no fewer bytes than characters.
  const { length } = shown.data.length > EVENT_BYTES ? shown.data : eventOf(shown)
  if (length <= EVENT_BYTES) return shown
  const message = `this answer takes ${length} bytes, and an event has at most ${EVENT_BYTES}: ` +
    "ask without a stream, or for less"
  return problemShown(new TooLarge({ message }))
}

/**
 * Sends to one client. Nothing is encoded or handed over before the client has read what came
 * before: an event goes out in parts, and of the answers that come meanwhile only the last waits.
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
  /** The event that the client has not read to its end. */
  #event: Uint8Array | undefined
  /** What is left of it to be handed over. */
  #rest: Uint8Array = NO_BYTES
  /** What ends that event; empty when it was handed over whole. */
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

  /** The stream of bytes. `watch` is called at once, and what it returns is closed at its end. */
  open(watch: (watcher: Watcher) => Serving): ReadableStream<Uint8Array> {
    this.#watching = watch(this)
    return new ReadableStream<Uint8Array>({
      start: (controller) => void (this.#controller = controller),
      pull: (controller) => this.#pull(controller),
      cancel: () => this.#close(),
    }, { highWaterMark: 0 })
  }

  shown(shown: Shown): void {
    this.#next = shown
    if (this.#event) this.#keep(this.#event)
    this.#wake()
  }

  ended(last: Shown): void {
    this.#ended = true
    this.shown(last)
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

  /** Called when the client has read all that it was handed. */
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

  /** Keeps nothing any more. */
  #done(): void {
    this.#event = undefined
    this.#backlog.end(this)
  }

  #hand(controller: ReadableStreamDefaultController<Uint8Array>, bytes: Uint8Array): void {
    controller.enqueue(bytes)
    this.#timer = setTimeout(() => this.cut(), this.#unreadMs)
  }

  /** The next part. What is long is not copied, because all streams that send it share it. */
  #part(): Uint8Array {
    const [rest, end] = [this.#rest, this.#end]
    this.#rest = rest.subarray(PART_BYTES)
    if (rest.length > SMALL_BYTES) return rest.subarray(0, PART_BYTES)
    this.#end = NO_BYTES
    return rest.length === 0 ? end : Buffer.concat([rest, end])
  }

  /** Begins to send what is next; false when there is nothing that the client has not seen. */
  #take(): boolean {
    const next = this.#next && bounded(this.#next)
    this.#next = undefined
    if (!next) return false
    const mark = markOf(next)
    const before = this.#sent
    const isNew = differs(before, mark)
    if (!isNew && (mark.position === "" || mark.position === before?.position)) return false
    this.#sent = mark
    this.#event = isNew ? eventOf(next) : positionEventOf(mark.position)
    this.#rest = this.#event
    this.#end = before ? END : FIRST_END
    this.#keep(this.#event)
    return true
  }

  /** Resolves to true when there is something to do, and to false when it is time for a sign. */
  #woken(): Promise<boolean> {
    return within(this.#heartbeatMs, new Promise<void>((resolve) => this.#wake = resolve))
  }
}

const HEADERS = {
  "Content-Type": "text/event-stream",
  "Cache-Control": "no-store",
  "X-Accel-Buffering": "no",
}

/** Where the bytes of a stream are counted, and how patient it is. */
export interface StreamOptions {
  readonly backlog: Backlog
  readonly patience?: Patience | undefined
}

/** Answers with a stream of what is shown: the first answer, then what `watch` tells. */
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
