/** `leftfold retry NAME KEY`: takes up what is parked again, or discards the first of it. */
import { userInfo } from "node:os"
import { Option } from "effect"
import { Argument, Command } from "effect/cli"
import { discard, keyHash, listParked, retry, shownKey } from "../projections/internal.ts"
import { parkedKey } from "../actors/internal.ts"
import { parkedPlaces, policyNamed, retryPolicy } from "./policies/policy-work.ts"
import { parkingOf } from "./application.ts"
import { atWork, flag, json, type Workplace } from "./leftfold.ts"
import { counted, printJson, printLine } from "./print.ts"
import { Problem } from "./problem.ts"
import { name } from "./rebuild.ts"

const key = Argument.String("KEY").pipe(
  Argument.withDescription("the key that is parked, as leftfold parked shows it, or its #hash"),
  Argument.optional,
)

const discarding = flag("discard", "discard the first parked event for good; this is recorded")

const all = flag("all", "all parked keys, one after another, instead of KEY")

interface Input {
  readonly name: string
  readonly key: Option.Option<string>
  readonly all: boolean
  readonly discard: boolean
  readonly json: boolean
}

/** The policy that is meant: one without a view of its name, or with this key parked. */
const policyOf = async (
  place: Workplace,
  { name, key }: Input,
): Promise<string | undefined> => {
  const { app } = place
  const isView = app.projections.some((each) => each.name === name || each.local === name)
  if (isView && policyNamed(app, name) === undefined) return undefined
  const places = app.policies.length === 0 ? [] : await parkedPlaces(place)
  const policy = policyNamed(app, name, places)
  const given = Option.getOrUndefined(key)
  const isParked = places.some((each) => each.policy === policy && parkedKey(each) === given)
  return isView && !isParked ? undefined : policy
}

const settle = async (
  place: Workplace,
  input: Input,
): Promise<number> => {
  const policy = await policyOf(place, input)
  if (policy === undefined) return await settleView(place, input)
  const key = Option.getOrUndefined(input.key)
  if ((key === undefined) !== input.all) throw new Problem({ message: "give a KEY, or --all" })
  const discardedBy = input.discard ? userInfo().username : undefined
  return await retryPolicy(place, { policy, key, discardedBy, json: input.json })
}

const settleView = async (
  place: Workplace,
  input: Input,
): Promise<number> => {
  const projection = parkingOf(place.app, input.name)
  const [feed, wire] = [await place.feed(), await place.wire()]
  const parts = { projection, feed, store: place.store, wire }
  let left = 0
  for (const key of await keysOf(place, projection.name, input)) {
    const { freed, parked, error } = input.discard
      ? await discard(parts, key, userInfo().username)
      : await retry(parts, key)
    left += parked
    if (input.json) printJson({ name: projection.name, key, freed, parked, error })
    else {
      const discarded = input.discard ? ", one of them discarded" : ""
      printLine(`${shownKey(key)}: ${counted(freed, "event")} no longer parked${discarded}`)
      if (parked > 0) printLine(`${counted(parked, "event")} still parked: ${error}`)
    }
  }
  return left > 0 ? 1 : 0
}

/** The keys to retry: one, given by itself or by its hash, or all that are parked. */
const keysOf = async (
  { store }: Workplace,
  projection: string,
  { key, all }: Pick<Input, "key" | "all">,
): Promise<readonly string[]> => {
  const given = Option.getOrUndefined(key)
  if ((given === undefined) !== all) throw new Problem({ message: "give a KEY, or --all" })
  if (given !== undefined && !/^#[0-9a-f]{8}$/.test(given)) return [given]
  const parked = (await listParked(store, projection)).flatMap(({ events }) => events)
  const keys = [...new Set(parked.map((event) => event.key))]
  if (given === undefined) return keys
  const meant = keys.filter((each) => each === given || keyHash(each) === given)
  return meant.length > 0 ? meant : [given]
}

/** The command. */
export const retryCommand = Command.make(
  "retry",
  { name, key, all, discard: discarding, json },
  (input) => atWork((place) => settle(place, input)),
).pipe(Command.withDescription(
  "Takes up what is parked under a key again, in order: folds it into a view, or has the policy " +
    "react to it. Exits with 1 when some is still parked.",
))
