/** Subscriptions as durable JetStream consumers that acknowledge each message. */
import { DeliverPolicy, JetStreamApiError, jetstreamManager } from "@nats-io/jetstream"
import { isFailure, messageOf, Unavailable } from "../../contracts/internal.ts"
import {
  type FollowedLogs,
  JETSTREAM_ERROR,
  jetStreamOptions,
  logMessageAt,
  logsSubject,
  LogWires,
  natsSkips,
  type NatsWire,
  streamName,
} from "../../wire/internal.ts"
import { isRead, readDurably } from "./durable-nats.ts"
import type { Subscriber, Subscriptions } from "./subscription.ts"

/** Work on the log of a context; its failure says whether another application writes that log. */
const reading = async <T>(
  wires: LogWires,
  context: string,
  work: (wire: NatsWire) => Promise<T>,
): Promise<T> => {
  try {
    return await work(wires.of(context))
  } catch (error) {
    throw wires.isFollowed(context) && isFailure(error) ? wires.unread(context, error) : error
  }
}

const madeAt = async (wire: NatsWire, context: string): Promise<string | undefined> => {
  const stream = wire.names.stream(streamName(context))
  try {
    const { streams } = await jetstreamManager(wire.connection, jetStreamOptions(wire))
    return (await streams.info(stream)).created
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === JETSTREAM_ERROR.noStream) return
    throw new Unavailable({ message: `cannot read the stream ${stream}: ${messageOf(error)}` })
  }
}

const subscribed = (
  wires: LogWires,
  { name, context, start, isKnown, handle }: Subscriber,
) =>
  reading(wires, context, (wire) =>
    readDurably(wire, {
      stream: wire.names.stream(streamName(context)),
      name: wires.durable(context, name),
      isKnown,
      config: {
        filter_subject: wire.names.subject(logsSubject(context)),
        deliver_policy: start === "now" ? DeliverPolicy.New : DeliverPolicy.All,
      },
      handle: (message) =>
        handle({
          subject: wire.names.logical(message.subject),
          sequence: message.seq,
          payload: message.data,
          time: message.time.getTime(),
          redelivered: message.redelivered,
        }),
    }))

/** Makes subscriptions over this connection, and over that of the logs that are followed. */
export const natsSubscriptions = (own: NatsWire, followed?: FollowedLogs): Subscriptions => {
  const wires = new LogWires(own, followed)
  return {
    skips: (context) => reading(wires, context, (wire) => natsSkips(wire).read(context)),
    message: (context, sequence) =>
      reading(wires, context, (wire) => logMessageAt(wire, context, sequence)),
    madeAt: (context) => reading(wires, context, (wire) => madeAt(wire, context)),
    isRead: async (name, contexts) => {
      for (const context of contexts) {
        const wire = wires.of(context)
        const stream = wire.names.stream(streamName(context))
        const consumer = wires.durable(context, name)
        if (await isRead(wire, stream, consumer, !wires.isFollowed(context))) return true
      }
      return false
    },
    subscribe: async (subscriber) => {
      const { lag, close } = await subscribed(wires, subscriber)
      return { lag: () => reading(wires, subscriber.context, lag), close }
    },
  }
}
