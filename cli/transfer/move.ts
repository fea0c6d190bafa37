/** `leftfold move`: the events of a kind of actor, to the log of its new name. */
import { Argument, Command } from "effect/cli"
import { moveActors } from "../../app/internal.ts"
import { contractOf } from "../application.ts"
import { interruptibly } from "../interruption.ts"
import { atWork, json, type Workplace } from "../leftfold.ts"
import { counted, printJson, printLine } from "../print.ts"
import { Problem } from "../problem.ts"
import { ProgressBar } from "../progress-bar.ts"

const contract = Argument.String("CONTRACT").pipe(
  Argument.withDescription('the new name; its contract says the old one: was: "orders.order"'),
)

const run = async (
  { app, wire }: Workplace,
  input: { readonly contract: string; readonly json: boolean },
): Promise<number> => {
  const of = contractOf(app, input.contract)
  const { was } = of
  if (was === undefined) {
    throw new Problem({
      message: `${of.name} was never called otherwise: say in its contract what it was, such as ` +
        `was: "orders.order"`,
    })
  }
  const open = await wire()
  const bar = new ProgressBar(`${was} → ${of.name}`, "slices")
  const progress = (done: { done: number; of: number }) => bar.show(done)
  const moved = await interruptibly((signal) =>
    moveActors(open, { ...of, was }, { progress, signal })
  ).finally(() => bar.end())
  const { actors, events, present, refused, refusedCount } = moved
  if (input.json) printJson(moved)
  else {
    refused.forEach(({ id, problem }) => printLine(`${was} ${id} is not moved: ${problem}`))
    const left = refusedCount > 0 ? `, ${counted(refusedCount, "actor")} not moved` : ""
    printLine(
      `${counted(actors, "actor")} moved with ${counted(events, "event")}, ` +
        `${present.toLocaleString("en")} there already${left}`,
    )
  }
  return refusedCount === 0 ? 0 : 1
}

/** The command that moves actors. */
export const moveCommand = Command.make(
  "move",
  { contract, json },
  (input) => atWork((place) => run(place, input)),
).pipe(Command.withDescription(
  "Moves the events of actors that have another name now, from log to log. Stop the nodes that " +
    "run them first. What is there already is left out, so a move that was stopped is run again. " +
    "The old name is answered by the actors under the new one.",
))
