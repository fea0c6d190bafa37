/** Subscriptions as durable JetStream consumers that acknowledge each message. */
import {
  AckPolicy,
  type ConsumerMessages,
  DeliverPolicy,
  jetstream,
  JetStreamApiError,
  type JetStreamManager,
  jetstreamManager,
  type JsMsg,
} from "@nats-io/jetstream"
import { nanos } from "nats"
import { logsSubject, type NatsWire, streamName, Unavailable } from "../contracts/mod.ts"
import { Lanes } from "./lanes.ts"
import type { Subscriber, Subscriptions } from "./subscription.ts"

const ACK_WAIT_MS = 30_000
const IN_FLIGHT = 256

const CONSUMER_NOT_FOUND = 10014

/** Nothing can be said on a connection that is closed by now; the message then comes again. */
const tell = (word: () => void): void => {
  try {
    word()
  } catch {
    // The server hears of it by not hearing.
  }
}

/** What is not done when its reader leaves is given back, so that the next one has it soon. */
const handleMessage = async (message: JsMsg, { handle }: Subscriber, open: () => boolean) => {
  if (!open()) return tell(() => message.nak())
  const working = setInterval(() => tell(() => message.working()), ACK_WAIT_MS / 3)
  try {
    const done = await handle({
      subject: message.subject,
      sequence: message.seq,
      payload: message.data,
      time: message.time.getTime(),
    })
    if (done) tell(() => message.ack())
    else if (!open()) tell(() => message.nak())
  } finally {
    clearInterval(working)
  }
}

/** A consumer that exists is left as it is, because where it began cannot be changed. */
const exists = async (manager: JetStreamManager, stream: string, consumer: string) => {
  try {
    await manager.consumers.info(stream, consumer)
    return true
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === CONSUMER_NOT_FOUND) return false
    throw error
  }
}

/** Makes subscriptions over this connection. */
export const natsSubscriptions = ({ connection }: NatsWire): Subscriptions => {
  const durable = async ({ name, context, start }: Subscriber): Promise<string> => {
    // Names hold dashes but no underscores, so that no two of them become one.
    const consumer = name.replaceAll(".", "_")
    const manager = await jetstreamManager(connection, { checkAPI: false })
    if (await exists(manager, streamName(context), consumer)) return consumer
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
            void lanes.add(message.subject, () => handleMessage(message, subscriber, () => open)),
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
