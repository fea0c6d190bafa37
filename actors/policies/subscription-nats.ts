/** Subscriptions as durable JetStream consumers that acknowledge each message. */
import { DeliverPolicy } from "@nats-io/jetstream"
import {
  durableName,
  logMessageAt,
  logsSubject,
  natsSkips,
  type NatsWire,
  streamName,
} from "../../wire/internal.ts"
import { isRead, readDurably } from "./durable-nats.ts"
import type { Subscriptions } from "./subscription.ts"

/** Makes subscriptions over this connection. */
export const natsSubscriptions = (wire: NatsWire): Subscriptions => ({
  skips: natsSkips(wire).read,
  message: (context, sequence) => logMessageAt(wire, context, sequence),
  isRead: async (name, contexts) => {
    for (const context of contexts) {
      if (await isRead(wire, streamName(context), durableName(name))) return true
    }
    return false
  },
  subscribe: ({ name, context, start, isKnown, handle }) =>
    readDurably(wire, {
      stream: wire.names.stream(streamName(context)),
      name: durableName(name),
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
    }),
})
