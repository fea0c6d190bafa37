/** The feed over JetStream: a reader per context, which fills a buffer of bounded size. */
import { JetStreamApiError, jetstreamManager } from "@nats-io/jetstream"
import { isFailure, type Positions, type Unavailable } from "../../contracts/internal.ts"
import {
  type FollowedLogs,
  JETSTREAM_ERROR,
  jetStreamOptions,
  LogWires,
  natsSkips,
  type NatsWire,
  streamName,
} from "../../wire/internal.ts"
import {
  type Feed,
  type FeedMessage,
  type FeedReader,
  type LogState,
  missing,
  unreadableLog,
} from "./feed.ts"
import { FEED_BYTES, FEED_MESSAGES } from "../limits.ts"
import { LogReader } from "./log-reader-nats.ts"

/** Messages that have arrived, and the readers that stop while there is no room. */
class ReadAhead {
  readonly #readers: readonly LogReader[]
  #messages: FeedMessage[] = []
  #bytes = 0
  #open = true
  #failure: Unavailable | undefined
  #wake = () => {}

  constructor(wires: LogWires, after: Positions) {
    this.#readers = Object.entries(after).map(([context, sequence]) =>
      new LogReader({
        wire: wires.of(context),
        context,
        after: sequence,
        unreadable: (error) => unreadableIn(wires, context, error),
        deliver: (message) => this.#deliver(message),
        fail: (error) => {
          this.#failure = error
          this.#wake()
        },
        room: () => this.#room(),
      })
    )
  }

  async open(): Promise<void> {
    try {
      await Promise.all(this.#readers.map((reader) => reader.open()))
    } catch (error) {
      this.close()
      throw error
    }
  }

  async next(most: number): Promise<readonly FeedMessage[]> {
    while (this.#open && this.#messages.length === 0) {
      if (this.#failure) throw this.#failure
      await new Promise<void>((resolve) => this.#wake = resolve)
    }
    if (!this.#open) return []
    const taken = this.#messages.slice(0, most)
    this.#messages = this.#messages.slice(taken.length)
    for (const { payload } of taken) this.#bytes -= payload.length
    for (const reader of this.#readers) reader.refill()
    return taken
  }

  close(): void {
    if (!this.#open) return
    this.#open = false
    for (const reader of this.#readers) reader.close()
    this.#wake()
  }

  #deliver(message: FeedMessage): void {
    this.#messages.push(message)
    this.#bytes += message.payload.length
    this.#wake()
  }

  /** No room until half of it is free: few large pulls cost less than many small ones. */
  #room() {
    const messages = FEED_MESSAGES - this.#messages.length
    const bytes = FEED_BYTES - this.#bytes
    const enough = messages >= FEED_MESSAGES / 2 && bytes >= FEED_BYTES / 2
    return enough ? { messages, bytes } : { messages: 0, bytes: 0 }
  }
}

/** The failure to read the log of a context, with its cause. */
const unreadableIn = (wires: LogWires, context: string, error: unknown): Unavailable =>
  wires.isFollowed(context) ? wires.unread(context, error) : unreadableLog(context, error)

/** The state of a context's stream; undefined when there is no such stream. */
const stateOf = async (wires: LogWires, context: string): Promise<LogState | undefined> => {
  const wire = wires.of(context)
  try {
    const { streams } = await jetstreamManager(wire.connection, jetStreamOptions(wire))
    const { created, state } = await streams.info(wire.names.stream(streamName(context)))
    return { created, last: state.last_seq }
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === JETSTREAM_ERROR.noStream) {
      return undefined
    }
    throw unreadableIn(wires, context, error)
  }
}

/** The message of a context's log at a sequence. */
const messageAt = async (
  wires: LogWires,
  context: string,
  sequence: number,
): Promise<FeedMessage> => {
  const wire = wires.of(context)
  try {
    const { streams } = await jetstreamManager(wire.connection, jetStreamOptions(wire))
    const message = await streams.getMessage(wire.names.stream(streamName(context)), {
      seq: sequence,
    })
    if (!message) throw missing(context, sequence)
    const { data: payload, timestamp } = message
    const subject = wire.names.logical(message.subject)
    return { context, subject, sequence, payload, time: Date.parse(timestamp) }
  } catch (error) {
    if (isFailure(error)) throw error
    const isMissing = error instanceof JetStreamApiError &&
      error.code === JETSTREAM_ERROR.noMessage
    throw isMissing ? missing(context, sequence) : unreadableIn(wires, context, error)
  }
}

/** Makes a feed over this wire, and over that of the logs that are followed. */
export const natsFeed = (wire: NatsWire, followed?: FollowedLogs): Feed => {
  const wires = new LogWires(wire, followed)
  return {
    at: (context, sequence) => messageAt(wires, context, sequence),
    stream: async (context) => {
      const state = await stateOf(wires, context)
      if (state) return state
      throw unreadableIn(wires, context, new Error("stream not found"))
    },
    skips: (context) => natsSkips(wires.of(context)).read(context),
    last: async (context) => (await stateOf(wires, context))?.last,
    open: async (after): Promise<FeedReader> => {
      const ahead = new ReadAhead(wires, after)
      await ahead.open()
      return { next: (most) => ahead.next(most), close: () => ahead.close() }
    },
  }
}
