/** `leftfold retry NAME KEY`: folds what is parked, or gives the first of it up. */
import { userInfo } from "node:os"
import { Argument, Command } from "effect/cli"
import { discard, retry } from "../projections/internal.ts"
import { parkingOf } from "./application.ts"
import { atWork, flag, json, type Workplace } from "./leftfold.ts"
import { counted, printJson, printLine } from "./print.ts"
import { name } from "./rebuild.ts"

const key = Argument.String("KEY").pipe(
  Argument.withDescription("the key that is parked, as leftfold parked shows it"),
)

const discarding = flag("discard", "give the first parked event up for good, which is recorded")

const settle = async (
  place: Workplace,
  input: { name: string; key: string; discard: boolean; json: boolean },
): Promise<number> => {
  const projection = parkingOf(place.app, input.name)
  const [feed, wire] = [await place.feed(), await place.wire()]
  const parts = { projection, feed, store: place.store, wire }
  const { freed, parked, error } = input.discard
    ? await discard(parts, input.key, userInfo().username)
    : await retry(parts, input.key)
  if (input.json) printJson({ name: projection.name, key: input.key, freed, parked, error })
  else {
    const discarded = input.discard ? ", one of them discarded" : ""
    printLine(`${input.key}: ${counted(freed, "event")} no longer parked${discarded}`)
    if (parked > 0) printLine(`${counted(parked, "event")} still parked: ${error}`)
  }
  return parked > 0 ? 1 : 0
}

/** The command. */
export const retryCommand = Command.make(
  "retry",
  { name, key, discard: discarding, json },
  (input) => atWork((place) => settle(place, input)),
).pipe(Command.withDescription(
  "Folds again, in order, what is parked under a key. Exits with 1 when some of it still is.",
))
