/** Which server of a stand leads a log: hurting it hurts the most. */
import { jetstreamManager } from "@nats-io/jetstream"
import { streamName } from "../../../wire/internal.ts"
import type { Part } from "./part.ts"
import type { Stand } from "./stand.ts"

const LEADER_WITHIN_MS = 2_000

/** The server that leads the stream of the first context; undefined if that cannot be found out. */
export const leaderOf = async ({ app, wires, parts }: Stand): Promise<Part | undefined> => {
  try {
    const options = { timeout: LEADER_WITHIN_MS, checkAPI: false }
    const { streams } = await jetstreamManager(wires.observer.connection, options)
    const { cluster } = await streams.info(streamName(app.contexts[0]!))
    return parts.nats.find(({ name }) => name === cluster?.leader)
  } catch {
    // No server leads it now: any server will do.
    return undefined
  }
}
