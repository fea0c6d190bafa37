/** The overview of a running application: logs, throughput, lag, what is parked, and nodes. */
import { followNodes, type KnownNodes, natsMembership } from "../../actors/internal.ts"
import { askRoles, totalHealth } from "../../app/internal.ts"
import { type GenerationStatus, isFolded, positionsOf } from "../../projections/internal.ts"
import {
  decodeOwn,
  isMap,
  jetStream,
  NO_BYTES,
  NO_HEADERS,
  ofStatus,
  requestOf,
  sharedLook,
  SLICES,
  statusOf,
  streamName,
  type Wire,
} from "../../wire/internal.ts"
import { lagOf } from "../lag.ts"
import type { Workplace } from "../leftfold.ts"
import { parkedPlaces } from "../policies/policy-work.ts"
import { gatherStatistics } from "./gathered.ts"
import { CONSOLE } from "./limits.ts"

const WITHIN_MS = 2_000

/** The log of one context. */
const logOf = async (wire: Wire, context: string) => {
  const subject = jetStream.streamInfo(streamName(context))
  const reply = await requestOf(wire, subject, NO_BYTES, NO_HEADERS, WITHIN_MS)
  const answer = reply.type === "reply" ? decodeOwn("json", reply.payload) : undefined
  const state = isMap(answer) && isMap(answer.state) ? answer.state : {}
  const { last_seq = 0, bytes = 0, num_subjects = 0 } = state
  return { context, last: Number(last_seq), bytes: Number(bytes), actors: Number(num_subjects) }
}

const slicesOf = (nodes: KnownNodes, context: string): ReadonlyMap<string, number> => {
  const owned = new Map<string, number>()
  const { nodeOf } = nodes.placementOf(`${context}.any`)
  for (let slice = 0; slice < SLICES; slice++) {
    const node = nodeOf(slice, 0)
    if (node !== undefined) owned.set(node, (owned.get(node) ?? 0) + 1)
  }
  return owned
}

const nodesJson = (nodes: KnownNodes) =>
  nodes.nodes.map(({ node, contexts, version, load, leaving }) => ({
    ...{ node, version, load, leaving },
    slices: Object.fromEntries(
      contexts.map((context) => [context, slicesOf(nodes, context).get(node) ?? 0]),
    ),
  }))

const viewJson = async (place: Workplace, name: string, statuses: readonly GenerationStatus[]) => {
  const projection = place.app.projections.find((each) => each.name === name)!
  const own = statuses.filter((each) => each.projection === name)
  const serving = own.find(({ state }) => state === "serving")
  const folded = own.filter(isFolded)
  const feed = await place.feed()
  return {
    name,
    generation: serving?.number,
    state: serving ? "serving" : folded.length > 0 ? "building" : "not made",
    building: own.filter(({ state }) => state === "building").map(({ number }) => number),
    lag: serving ? await lagOf(feed, projection, positionsOf(serving)) : undefined,
    parkedKeys: folded.reduce((sum, { parkedKeys }) => sum + parkedKeys, 0),
    parkedEvents: folded.reduce((sum, { parkedEvents }) => sum + parkedEvents, 0),
  }
}

/** Reads the overview. All who ask within a second get the same one. */
export class Overview {
  readonly look: () => Promise<object>
  readonly #place: Workplace
  #nodes: ReturnType<typeof followNodes> | undefined

  constructor(place: Workplace) {
    this.#place = place
    this.look = sharedLook(() => this.#read(), CONSOLE.liveMs / 2)
  }

  /** Stops to follow nodes. */
  async close(): Promise<void> {
    await this.#nodes?.then(({ close }) => close(), () => {})
  }

  async #read(): Promise<object> {
    const { app, store } = this.#place
    const wire = await this.#place.wire()
    this.#nodes ??= followNodes(natsMembership(wire))
    const names = app.projections.map(({ name }) => name)
    const [roles, logs, statistics, statuses, places, { knownNodes }] = await Promise.all([
      askRoles(app, wire, WITHIN_MS),
      Promise.all(app.contexts.map((context) => logOf(wire, context))),
      gatherStatistics(wire),
      store.statuses(names),
      app.policies.length === 0 ? [] : parkedPlaces(this.#place),
      this.#nodes,
    ])
    const views = await Promise.all(names.map((name) => viewJson(this.#place, name, statuses)))
    return {
      app: app.name,
      version: app.version,
      time: new Date().toISOString(),
      ...ofStatus(statusOf(totalHealth(roles))),
      roles,
      logs,
      answered: app.actors.flatMap(({ contract: { name } }) => {
        const found = statistics.get(name)
        return found ? [{ name, ...found }] : []
      }),
      views,
      parked: {
        views: views.reduce((sum, { parkedEvents }) => sum + parkedEvents, 0),
        policies: places.length,
      },
      nodes: nodesJson(knownNodes),
    }
  }
}
