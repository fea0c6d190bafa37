/** Waits until the system of a chaos run is at rest: nodes, replicas, views and policies. */
import { jetstreamManager } from "@nats-io/jetstream"
import { natsFeed, postgresStore } from "../../../projections/internal.ts"
import { durableName, policySubscription, streamName } from "../../../wire/internal.ts"
import type { Stand } from "./stand.ts"
import { until } from "./until.ts"

/** How long views, policies and replicas can take to settle, in milliseconds. */
const SETTLE_MS = 90_000

const viewsReached = async ({ app, postgres, wires }: Stand): Promise<boolean> => {
  const store = postgresStore(postgres.url)
  const feed = natsFeed(wires.observer)
  try {
    for (const { name, from } of app.projections) {
      const { lanes } = await store.serving(name)
      for (const context of new Set(from.map(({ context }) => context))) {
        const { last } = await feed.stream(context)
        if (lanes.some(({ positions }) => (positions[context] ?? 0) < last)) return false
      }
    }
    return true
  } finally {
    await store.close()
  }
}

/** Asks the server: reading the logs would keep this process from forwarding the routes. */
const policiesDone = async ({ app, wires }: Stand): Promise<boolean> => {
  const { consumers } = await jetstreamManager(wires.observer.connection)
  for (const { identity, from } of app.policies) {
    for (const { context } of from) {
      const consumer = durableName(policySubscription(identity))
      const { num_pending, num_ack_pending } = await consumers.info(streamName(context), consumer)
      if (num_pending + num_ack_pending > 0) return false
    }
  }
  return true
}

const replicasAgree = async ({ app, wires }: Stand): Promise<boolean> => {
  const { streams } = await jetstreamManager(wires.observer.connection)
  const infos = await Promise.all(app.contexts.map((each) => streams.info(streamName(each))))
  return infos.every(({ cluster }) =>
    cluster?.leader !== undefined &&
    (cluster.replicas ?? []).every(({ current, lag = 0 }) => current && lag === 0)
  )
}

/** Waits until everything has settled; the checker will find what has not. */
export const settle = async (stand: Stand, report: (what: string) => void): Promise<void> => {
  const { parts, knownNodes, signal } = stand
  const quietly = (isSo: () => Promise<boolean>) => () => isSo().catch(() => false)
  const wanted = [
    ["three nodes", () => knownNodes.nodes.length === parts.node.length],
    ["replicas agree", quietly(() => replicasAgree(stand))],
    ["views are up to date", quietly(() => viewsReached(stand))],
    ["policies are done", quietly(() => policiesDone(stand))],
    ["replicas still agree", quietly(() => replicasAgree(stand))],
  ] as const
  for (const [what, isSo] of wanted) {
    const begunMs = performance.now()
    await until(what, isSo, SETTLE_MS, signal).catch((error: Error) => {
      signal.throwIfAborted()
      report(error.message)
    })
    report(`${what} after ${Math.round(performance.now() - begunMs)} ms`)
  }
}
