/** `leftfold ask`: sends a command to an actor, from the shell. */
import { Command, Flag } from "effect/cli"
import { Option } from "effect"
import { operatorClient } from "./client.ts"
import { contractOf } from "../application.ts"
import { atWork, json } from "../leftfold.ts"
import { counted, printJson, printLine } from "../print.ts"
import { command, contract, fields, id } from "./arguments.ts"
import { fieldsOf } from "./fields.ts"

const commandId = Flag.String("command-id").pipe(
  Flag.withDescription("the command's id: a repeat with the same id gets the first answer"),
  Flag.optional,
)

const expect = Flag.Int("expected-version").pipe(
  Flag.withDescription("how many events the actor must have"),
  Flag.optional,
)

/** The command that sends a command. */
export const askCommand = Command.make(
  "ask",
  { contract, id, command, fields, commandId, expect, json },
  (input) =>
    atWork(async (place) => {
      const { name } = contractOf(place.app, input.contract)
      const client = await operatorClient(place)
      const answer = await client.askPlain(name, input.id, input.command, fieldsOf(input.fields), {
        commandId: Option.getOrUndefined(input.commandId),
        expectedVersion: Option.getOrUndefined(input.expect),
      })
      if (input.json) printJson(answer)
      else if (answer.kind === "accepted") {
        const { events, position, version } = answer
        printLine(`accepted: ${counted(events, "event")}, version ${version}, ${position}`)
      } else printLine(`rejected: ${answer.type} ${JSON.stringify(answer.data)}`)
      return answer.kind === "accepted" ? 0 : 1
    }),
).pipe(Command.withDescription(
  "Sends a command: leftfold ask orders.order o-1 CancelOrder reason=late. Exits with 1 when it " +
    "is rejected.",
))
