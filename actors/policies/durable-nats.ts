/** A durable JetStream consumer that acknowledges each message once it is handled. */
import {
  AckPolicy,
  type ConsumerConfig,
  type ConsumerMessages,
  jetstream,
  JetStreamApiError,
  jetstreamManager,
  type JsMsg,
  ReplayPolicy,
} from "@nats-io/jetstream"
import { nanos } from "nats"
import {
  JETSTREAM_ERROR,
  jetStreamOptions,
  type NatsWire,
  reportWarning,
} from "../../wire/internal.ts"
import { messageOf, Unavailable } from "../../contracts/internal.ts"
import { SerialQueues } from "./serial-queues.ts"
import { POLICY } from "../limits.ts"
import type { Handled, Subscription } from "./subscription.ts"

/** A reader, and the stream that it reads, as NATS calls them. */
export interface DurableReader {
  readonly stream: string
  /** The name of the consumer. */
  readonly name: string
  /**
   * For a policy, whether it should exist already. A warning says so if it had to be made and
   * handles history: it may have been renamed.
   */
  readonly isKnown?: boolean | undefined
  /** Where a new consumer begins, and which subjects it reads. */
  readonly config: Pick<ConsumerConfig, "filter_subject" | "deliver_policy">
  /** Like a subscriber's `handle`. */
  readonly handle: (message: JsMsg) => Promise<Handled>
}

/** After how long a message that was handed out and lost comes again. */
const ACK_WAIT_MS = 10_000
const READ_AHEAD = 256
/** How often the server says that it still serves us; after two silences we ask again. */
const HEARTBEAT_MS = 1_000

/** Tells the server about a message. On a closed connection this fails: the message comes again. */
const tell = (word: () => void): void => {
  try {
    word()
  } catch {
    // The server notices because it hears nothing.
  }
}

const unavailable = (stream: string, error: unknown): Unavailable => {
  const reason = messageOf(error)
  return new Unavailable({ message: `cannot read the stream ${stream}: ${reason}` })
}

const consumers = async (wire: NatsWire) =>
  (await jetstreamManager(wire.connection, jetStreamOptions(wire))).consumers

/**
 * Throws if a consumer's settings were changed: it may have passed over messages, or may deliver
 * parts of them, and nobody would notice. The server leaves out settings that are not set.
 */
const checkUnchanged = ({ name, config }: DurableReader, present: ConsumerConfig): void => {
  const wanted: Partial<ConsumerConfig> = {
    ...{ filter_subject: config.filter_subject, ack_policy: AckPolicy.Explicit, max_deliver: -1 },
    ...{ headers_only: undefined, filter_subjects: undefined, deliver_subject: undefined },
    ...{ inactive_threshold: undefined, backoff: undefined, replay_policy: ReplayPolicy.Instant },
  }
  for (const [setting, value] of Object.entries(wanted)) {
    const is = present[setting as keyof ConsumerConfig] || undefined
    if (is === value) continue
    throw new Error(
      `somebody has changed its consumer ${name}: ${setting} is ${is ?? "not set"} and should be ` +
        `${value ?? "not set"}; find out what was passed over meanwhile, then set it back, or ` +
        "delete the consumer to begin again",
    )
  }
}

/**
 * Whether some process asks for messages of a consumer. What cannot be told counts as read. Only
 * the owner of a log may list its consumers; others ask for one by its name.
 */
export const isRead = async (
  wire: NatsWire,
  stream: string,
  name: string,
  isOwn: boolean,
): Promise<boolean> => {
  try {
    if (!isOwn) return (await (await consumers(wire)).info(stream, name)).num_waiting > 0
    for await (const info of (await consumers(wire)).list(stream)) {
      if (info.name === name) return info.num_waiting > 0
    }
    return false
  } catch (error) {
    const isMissing = error instanceof JetStreamApiError &&
      (error.code === JETSTREAM_ERROR.noStream || error.code === JETSTREAM_ERROR.noConsumer)
    return !isMissing
  }
}

/** Makes the consumer. An existing one keeps its beginning, but hands out as much as set here. */
const provide = async (wire: NatsWire, reader: DurableReader): Promise<void> => {
  const { stream, name, config } = reader
  const manager = await consumers(wire)
  const bounds = { ack_wait: nanos(ACK_WAIT_MS), max_ack_pending: POLICY.pending }
  try {
    const { config: present } = await manager.info(stream, name)
    checkUnchanged(reader, present)
    if (present.deliver_policy !== config.deliver_policy) {
      reportWarning(
        `the consumer ${name} of ${stream} began with "${present.deliver_policy}", not ` +
          `"${config.deliver_policy}", and goes on: to begin again, delete it`,
      )
    }
    const same = present.max_ack_pending === POLICY.pending && present.ack_wait === bounds.ack_wait
    if (!same) await manager.update(stream, name, bounds)
  } catch (error) {
    const missing = error instanceof JetStreamApiError && error.code === JETSTREAM_ERROR.noConsumer
    if (!missing) throw error
    const policy = { durable_name: name, ack_policy: AckPolicy.Explicit }
    const { num_pending } = await manager.add(stream, { ...policy, ...bounds, ...config })
    if (reader.isKnown === undefined || num_pending === 0) return
    reportWarning(
      reader.isKnown
        ? `no position is kept in ${stream} under ${name}, which a policy names as its first ` +
          `name: it now handles ${num_pending} earlier messages. If the policy had yet another ` +
          "name before, `was` must be that one"
        : `no position is kept in ${stream} under ${name}: the policy is new there, and handles ` +
          `${num_pending} earlier messages. If it was renamed, stop it and give it ` +
          '`was: "its.first-name"`. `start: "now"` leaves out what is before it, and `was: null` ' +
          "says that it is new",
    )
  }
}

/** After how long a message that is given back comes again: longer each time. */
const backAfterMs = ({ info: { deliveryCount } }: JsMsg): number =>
  deliveryCount > POLICY.backOften
    ? POLICY.backSeldomMs
    : Math.min(POLICY.backLongestMs, POLICY.backMs * 2 ** Math.min(deliveryCount - 1, 16))

/** The messages that a reader holds. The server is told that even waiting ones are in work. */
class Hand {
  readonly #handle: DurableReader["handle"]
  readonly #queues = new SerialQueues()
  readonly #held = new Set<JsMsg>()
  #keeper: ReturnType<typeof setInterval> | undefined
  #open = true

  constructor(handle: DurableReader["handle"]) {
    this.#handle = handle
  }

  take(message: JsMsg): void {
    this.#held.add(message)
    this.#keeper ??= setInterval(() => this.#keep(), ACK_WAIT_MS / 3)
    void this.#queues.add(message.subject, () => this.#work(message))
  }

  /** Gives back messages that are not done, so that the next reader gets them soon. */
  close(): void {
    this.#open = false
  }

  #keep(): void {
    for (const message of this.#held) tell(() => message.working())
  }

  async #work(message: JsMsg): Promise<void> {
    const done = this.#open && await this.#handle(message)
    this.#held.delete(message)
    if (this.#held.size === 0) {
      clearInterval(this.#keeper)
      this.#keeper = undefined
    }
    if (done === true) tell(() => message.ack())
    else if (!this.#open) tell(() => message.nak())
    else if (done === "elsewhere") tell(() => message.nak(backAfterMs(message)))
  }
}

/**
 * Starts reading: messages of one subject one after another, other messages concurrently. Rejects
 * with `Unavailable`.
 */
export const readDurably = async (
  wire: NatsWire,
  reader: DurableReader,
): Promise<Subscription> => {
  const { stream, name, handle } = reader
  const hand = new Hand(handle)
  let messages: ConsumerMessages
  try {
    await provide(wire, reader)
    const consumer = await jetstream(wire.connection, jetStreamOptions(wire)).consumers.get(
      stream,
      name,
    )
    const callback = (message: JsMsg) => hand.take(message)
    const bounds = { max_messages: READ_AHEAD, idle_heartbeat: HEARTBEAT_MS }
    // With `bind`, the client asks for messages at once, and again after each silence, until it is
    // heard. Without, it first asks for the consumer, and waits half a minute if nobody leads that.
    messages = await consumer.consume({ ...bounds, bind: true, callback })
  } catch (error) {
    hand.close()
    throw unavailable(stream, error)
  }
  return {
    close: () => {
      hand.close()
      void messages.close()
    },
    lag: async () => {
      try {
        const info = await (await consumers(wire)).info(stream, name)
        checkUnchanged(reader, info.config)
        return info.num_pending + info.num_ack_pending
      } catch (error) {
        throw unavailable(stream, error)
      }
    },
  }
}
