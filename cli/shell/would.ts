/** `leftfold would`: what an actor would decide about a command, without storing anything. */
import { Command, Flag } from "effect/cli"
import { Option } from "effect"
import { natsJournal, natsSnapshots, type Rehearsal, rehearse } from "../../actors/internal.ts"
import { actorOf } from "../application.ts"
import { atWork, json } from "../leftfold.ts"
import { printJson, printLine } from "../print.ts"
import { command, contract, fields, id } from "./arguments.ts"
import { fieldsOf } from "./fields.ts"

const version = Flag.Int("version").pipe(
  Flag.withDescription("decide in the state after this many events; today's by default"),
  Flag.optional,
)

const as = Flag.String("as").pipe(
  Flag.withMetavar("PRINCIPAL"),
  Flag.withDescription("on whose behalf the command would be sent"),
  Flag.optional,
)

const print = ({ version, position, before, outcome }: Rehearsal): void => {
  const place = position === undefined ? "" : `, ${position}`
  printLine(`at version ${version}${place}, in the state ${JSON.stringify(before)}`)
  if (outcome.kind === "rejection") {
    printLine(`it would be rejected: ${outcome.type} ${JSON.stringify(outcome.data)}`)
  } else if (outcome.kind === "bug") printLine(`its handler would fail: ${outcome.message}`)
  else if (outcome.events.length === 0) printLine("it would be accepted, with nothing to do")
  else {
    printLine("it would be accepted:")
    for (const { type, data } of outcome.events) printLine(`  ${type} ${JSON.stringify(data)}`)
    printLine(`the state would be ${JSON.stringify(outcome.after)}`)
  }
}

/** The command that rehearses a command. */
export const wouldCommand = Command.make(
  "would",
  { contract, id, command, fields, version, as, json },
  (input) =>
    atWork(async ({ app, wire }) => {
      const connected = await wire()
      const rehearsal = await rehearse({
        journal: natsJournal(connected),
        snapshots: natsSnapshots(connected),
        actor: actorOf(app, input.contract),
        id: input.id,
        command: input.command,
        fields: fieldsOf(input.fields),
        version: Option.getOrUndefined(input.version),
        principal: Option.getOrUndefined(input.as),
      })
      if (input.json) printJson(rehearsal)
      else print(rehearsal)
      return rehearsal.outcome.kind === "accepted" ? 0 : 1
    }),
).pipe(Command.withDescription(
  "Decides a command by this program's code and stores nothing: leftfold would orders.order o-1 " +
    "CancelOrder reason=late. With --version, in a past state. Exits with 1 unless it would be " +
    "accepted.",
))
