/** Subscriptions as durable JetStream consumers that acknowledge each message. */
import {
  AckPolicy,
  type ConsumerMessages,
  DeliverPolicy,
  jetstream,
  jetstreamManager,
  type JsMsg,
} from "@nats-io/jetstream"
import { nanos } from "nats"
import { logsSubject, type NatsWire, streamName, Unavailable } from "../contracts/mod.ts"
import { Lanes } from "./lanes.ts"
import type { Subscriber, Subscriptions } from "./subscription.ts"

const ACK_WAIT_MS = 30_000
const IN_FLIGHT = 256

const handleMessage = async (message: JsMsg, { handle }: Subscriber, open: () => boolean) => {
  const working = setInterval(() => message.working(), ACK_WAIT_MS / 3)
  try {
    const done = await handle({
      subject: message.subject,
      sequence: message.seq,
      payload: message.data,
      time: message.time.getTime(),
    })
    if (done && open()) message.ack()
  } finally {
    clearInterval(working)
  }
}

/** Makes subscriptions over this connection. */
export const natsSubscriptions = ({ connection }: NatsWire): Subscriptions => {
  const durable = async ({ name, context, start }: Subscriber): Promise<string> => {
    const consumer = name.replaceAll(".", "-")
    const manager = await jetstreamManager(connection, { checkAPI: false })
    await manager.consumers.add(streamName(context), {
      durable_name: consumer,
      filter_subject: logsSubject(context),
      ack_policy: AckPolicy.Explicit,
      ack_wait: nanos(ACK_WAIT_MS),
      max_ack_pending: IN_FLIGHT,
      deliver_policy: start === "now" ? DeliverPolicy.New : DeliverPolicy.All,
    })
    return consumer
  }

  return {
    subscribe: async (subscriber) => {
      const lanes = new Lanes()
      let open = true
      let messages: ConsumerMessages
      try {
        const name = await durable(subscriber)
        const consumer = await jetstream(connection).consumers.get(
          streamName(subscriber.context),
          name,
        )
        messages = await consumer.consume({
          max_messages: IN_FLIGHT,
          callback: (message) =>
            void lanes.add(
              message.subject,
              () => open ? handleMessage(message, subscriber, () => open) : Promise.resolve(),
            ),
        })
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error)
        throw new Unavailable({
          message: `cannot read the log of ${subscriber.context}: ${reason}`,
        })
      }
      return {
        close: () => {
          open = false
          void messages.close()
        },
      }
    },
  }
}
