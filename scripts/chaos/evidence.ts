/** Evidence: the log, the views and the replicas once a run has settled. */
import { Schema } from "effect"
import postgres from "postgres"
import type { Stand } from "../../app/development/chaos/stand.ts"
import { NO_HEADERS, requestOf, SLICES, streamName, type Wire } from "../../wire/internal.ts"
import { type FoldedProjection, postgresStore } from "../../projections/internal.ts"
import { nodeSubject } from "../../wire/address.ts"
import type { KnownNodes } from "../../actors/internal.ts"
import type { Ownership, Replica, Shown } from "./history.ts"
import { vault } from "./vault.ts"

const TIMEOUT_MS = 5_000

interface Row {
  readonly row: Record<string, unknown>
}

/** All rows of a view, from the table that serves. */
export const readView = async (url: string, projection: FoldedProjection): Promise<Shown> => {
  const [store, sql] = [postgresStore(url), postgres(url, { max: 1 })]
  try {
    const { table } = await store.serving(projection.name)
    const found = await sql.unsafe<Row[]>(`select to_jsonb(each) as row from ${table} each`)
    return { projection, rows: found.map(({ row }) => row) }
  } finally {
    await Promise.all([store.close(), sql.end()])
  }
}

const Page = Schema.Struct({
  account_details: Schema.Array(Schema.Struct({
    stream_detail: Schema.optionalKey(Schema.Array(Schema.Struct({
      name: Schema.String,
      state: Schema.Struct({
        messages: Schema.Int,
        bytes: Schema.Int,
        first_seq: Schema.Int,
        last_seq: Schema.Int,
        num_deleted: Schema.optionalKey(Schema.Int),
      }),
    }))),
  })),
})

const decodePage = Schema.decodeUnknownSync(Page)

/** What each server has of the logs. */
export const readReplicas = async ({ cluster }: Stand): Promise<Replica[]> => {
  const names: readonly string[] = vault.contexts.map(streamName)
  const pages = cluster.servers.map(async ({ monitorUrl = "" }, index) => {
    const response = await fetch(new URL("/jsz?accounts=true&streams=true", monitorUrl))
    const { account_details: accounts } = decodePage(await response.json())
    const details = accounts.flatMap(({ stream_detail = [] }) => stream_detail)
    return names.map((stream): Replica => {
      const state = details.find(({ name }) => name === stream)?.state
      const { messages = 0, bytes = 0, first_seq: first = 0, last_seq: last = 0 } = state ?? {}
      const missing = state?.num_deleted ?? 0
      return { stream, server: `n${index + 1}`, messages, bytes, first, last, missing }
    })
  })
  return (await Promise.all(pages)).flat()
}

const answers = async (wire: Wire, node: string): Promise<boolean> => {
  const nothing = new Uint8Array()
  const reply = await requestOf(wire, nodeSubject(node), nothing, NO_HEADERS, TIMEOUT_MS)
  return reply.type === "reply"
}

/** The owner of each slice, as the nodes that answer see it. */
export const readOwnership = async (wire: Wire, knownNodes: KnownNodes): Promise<Ownership[]> => {
  const nodes = knownNodes.nodes.map(({ node }) => node)
  const alive = await Promise.all(nodes.map((node) => answers(wire, node)))
  const answering = new Set(nodes.filter((_, index) => alive[index]))
  return vault.contexts.map((context) => {
    const placement = knownNodes.placementOf(`${context}.`)
    const owners = Array.from({ length: SLICES }, (_, slice) => {
      const owner = placement.nodeOf(slice, 0)
      return owner !== undefined && answering.has(owner) ? owner : undefined
    })
    return { context, owners }
  })
}
