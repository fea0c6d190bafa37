/** `leftfold rollback NAME` and `leftfold drop NAME`: restore or drop old generations of a view. */
import { Command } from "effect/cli"
import { projectionOf } from "./application.ts"
import { atWork, json, type Workplace } from "./leftfold.ts"
import { printJson, printLine } from "./print.ts"
import { name } from "./rebuild.ts"

const rollback = async (place: Workplace, name: string, asJson: boolean): Promise<void> => {
  const projection = projectionOf(place.app, name)
  const { number, version, state } = await place.store.rollback(projection.name)
  if (asJson) return printJson({ name: projection.name, generation: number, version, state })
  printLine(
    `${projection.name} generation ${number} serves again, of version ${version}; ` +
      "the one that served before is refused until it is rebuilt",
  )
}

const drop = async (place: Workplace, name: string, asJson: boolean): Promise<void> => {
  const projection = projectionOf(place.app, name)
  const dropped = await place.store.drop(projection.name)
  const numbers = dropped.map(({ number }) => number)
  if (asJson) return printJson({ name: projection.name, dropped: numbers })
  if (numbers.length === 0) return printLine(`${projection.name} has no generation to drop`)
  printLine(`${projection.name}: dropped generation ${numbers.join(", ")}`)
}

/** The command that makes the previous generation serve again. */
export const rollbackCommand = Command.make(
  "rollback",
  { name, json },
  (input) => atWork((place) => rollback(place, input.name, input.json)),
).pipe(Command.withDescription("Lets the previous generation of a view serve again."))

/** The command that drops generations that no longer serve. */
export const dropCommand = Command.make(
  "drop",
  { name, json },
  (input) => atWork((place) => drop(place, input.name, input.json)),
).pipe(Command.withDescription("Removes the generations of a view that no longer serve."))
