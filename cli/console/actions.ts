/** What an operator can do from the console, and an agent if that is allowed by name. */
import { Schema } from "effect"
import { discard, driftedOf, reconcile, retry, shownKey } from "../../projections/internal.ts"
import { positionOf } from "../../contracts/internal.ts"
import { contractOf, foldedOf, parkingOf, projectionOf } from "../application.ts"
import type { Workplace } from "../leftfold.ts"
import { policyNamed, retryWorks } from "../policies/policy-work.ts"
import { cancelTimer } from "../policies/timers.ts"
import { Problem } from "../problem.ts"
import { operatorClient } from "../shell/client.ts"
import { READ } from "./limits.ts"
import { acting, type Question } from "./question.ts"

const text = Schema.String
const maybe = Schema.optionalKey
const whole = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

const RAW = "only its own SQL knows what its tables should hold"

/** Takes up, or gives up, what a policy has parked under a key. */
const ofPolicy = async (place: Workplace, name: string, key: string, discardedBy?: string) => {
  const policy = policyNamed(place.app, name)
  if (policy === undefined) throw new Problem({ message: `there is no policy "${name}"` })
  const keys: object[] = []
  await retryWorks(place, { policy, key, discardedBy }, (key, freed, parked, error) => {
    keys.push({ key, freed, parked, error })
  })
  return { name: policy, keys }
}

/** The same for a view. */
const ofView = async (place: Workplace, name: string, key: string, by?: string) => {
  const projection = parkingOf(place.app, name)
  const [feed, wire] = [await place.feed(), await place.wire()]
  const parts = { projection, feed, store: place.store, wire }
  const settled = by === undefined ? await retry(parts, key) : await discard(parts, key, by)
  return { name: projection.name, keys: [{ key, ...settled }] }
}

const isView = ({ app }: Workplace, name: string): boolean =>
  app.projections.some((each) => each.name === name)

const compare = async (place: Workplace, name: string, repair: boolean) => {
  const { app, store, databaseUrl } = place
  const projection = foldedOf(app, name, RAW)
  const [feed, wire] = [await place.feed(), await place.wire()]
  const found = await reconcile({ projection, feed, store, wire, databaseUrl })
  try {
    const drift: object[] = []
    for await (const { key, kind, columns, last } of found.drift()) {
      if (drift.length >= READ.drifted) break
      const at = last ? { last: positionOf(last.context, last.sequence) } : {}
      drift.push({ key: shownKey(key), kind, columns, ...at })
    }
    const drifted = driftedOf(found.counts)
    const repaired = repair && drifted > 0 ? await found.repair() : undefined
    return { name: projection.name, rows: found.rows, drifted, drift, repaired: repaired?.rows }
  } finally {
    await found.close()
  }
}

/** All actions, by name. */
export const ACTIONS: Readonly<Record<string, Question>> = {
  ask: acting(
    "Sends a command to an actor.",
    {
      contract: text,
      id: text,
      command: text,
      fields: maybe(Schema.Record(text, Schema.Unknown)),
      commandId: maybe(text),
      expectedVersion: maybe(whole),
    },
    async ({ place }, { contract, id, command, fields = {}, ...options }) => {
      const client = await operatorClient(place)
      const { name } = contractOf(place.app, contract)
      return await client.askPlain(name, id, command, fields, options)
    },
  ),
  rebuild: acting("Builds a view again next to the one that serves.", { view: text }, async (
    { place },
    { view },
  ) => {
    const { number } = await place.store.rebuild(projectionOf(place.app, view))
    return { view, generation: number }
  }),
  rollback: acting("Lets the previous generation of a view serve again.", { view: text }, async (
    { place },
    { view },
  ) => {
    const { number } = await place.store.rollback(projectionOf(place.app, view).name)
    return { view, generation: number }
  }),
  drop: acting("Removes the generations of a view that no longer serve.", { view: text }, async (
    { place },
    { view },
  ) => {
    const dropped = await place.store.drop(projectionOf(place.app, view).name)
    return { view, dropped: dropped.map(({ number }) => number) }
  }),
  reconcile: acting(
    "Compares a view with the log, row by row, and repairs it if asked.",
    { view: text, repair: maybe(Schema.Boolean) },
    ({ place }, { view, repair = false }) => compare(place, view, repair),
  ),
  retry: acting(
    "Takes up what is parked under a key of a view or a policy.",
    { name: text, key: text },
    ({ place }, { name, key }) =>
      isView(place, name) ? ofView(place, name, key) : ofPolicy(place, name, key),
  ),
  discard: acting(
    "Gives up the first parked event or timer under a key, on record.",
    { name: text, key: text },
    ({ place, operator }, { name, key }) =>
      isView(place, name)
        ? ofView(place, name, key, operator)
        : ofPolicy(place, name, key, operator),
  ),
  cancel: acting(
    "Cancels a timer that waits.",
    { policy: text, key: text },
    async ({ place }, { policy, key }) => ({
      policy: await cancelTimer(place, policy, key),
      key,
      cancelled: true,
    }),
  ),
}
