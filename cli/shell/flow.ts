/** `leftfold flow`: what came of a command, as a tree in time, and what is still to come. */
import { Argument, Command } from "effect/cli"
import { type Flow, flow, type FlowStep } from "../../app/internal.ts"
import { atWork, json } from "../leftfold.ts"
import { counted, printJson, printLine } from "../print.ts"
import { commandLine, insightOf, lasted } from "./insight.ts"
import { scan } from "./why.ts"

const of = Argument.String("OF").pipe(
  Argument.withDescription("a position, such as orders:17, or the id of a command or correlation"),
)

const printStep = (step: FlowStep, indent: string): void => {
  const { command, actor, id, afterMs, events, then, waiting, time } = step
  const when = afterMs === undefined ? time : `+${lasted(afterMs)}`
  printLine(`${indent}${when}  ${actor} ${id}: ${commandLine(command)}`)
  const below = `${indent}  `
  for (const { type, data, position } of events) {
    printLine(`${below}${type} ${JSON.stringify(data)} at ${position}`)
  }
  for (const each of then) printStep(each, `${below}  `)
  for (const { policy, asks, when } of waiting) {
    printLine(
      `${below}  waits until ${when}: ${asks.command} of ${asks.actor} ${asks.id} ← ${policy}`,
    )
  }
}

const print = ({ correlation, steps, commands, tookMs, leftOut }: Flow): void => {
  for (const step of steps) printStep(step, "")
  printLine(`${counted(commands, "command")} in ${lasted(tookMs)}, correlation ${correlation}`)
  if (leftOut > 0) printLine(`not shown: ${counted(leftOut, "more event")}`)
}

/** The command that shows a flow. */
export const flowCommand = Command.make(
  "flow",
  { of, scan, json },
  (input) =>
    atWork(async (place) => {
      const found = await flow(await insightOf(place), { of: input.of, scan: input.scan })
      if (input.json) printJson(found)
      else print(found)
    }),
).pipe(Command.withDescription(
  "Shows what came of a command: leftfold flow orders:17. A tree of the commands that policies " +
    "sent, their events, how long each took, and the timers that still wait.",
))
