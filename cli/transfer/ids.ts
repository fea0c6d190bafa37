/** `leftfold ids`: the actors of a contract. */
import { once } from "node:events"
import process from "node:process"
import { Argument, Command } from "effect/cli"
import { actorIds } from "../../app/internal.ts"
import { contractOf } from "../application.ts"
import { atWork, json } from "../leftfold.ts"

const contract = Argument.String("CONTRACT").pipe(
  Argument.withDescription("the contract of the actors, such as orders.order"),
)

/** The command that lists actors. */
export const idsCommand = Command.make(
  "ids",
  { contract, json },
  (input) =>
    atWork(async ({ app, wire }) => {
      const of = contractOf(app, input.contract)
      for await (const page of actorIds(await wire(), of)) {
        if (page.length === 0) continue
        const lines = page.map(({ id, commits }) =>
          input.json ? JSON.stringify({ id, commits }) : id
        )
        if (!process.stdout.write(`${lines.join("\n")}\n`)) await once(process.stdout, "drain")
      }
    }),
).pipe(Command.withDescription(
  "Lists the ids of all actors of a contract, in no order. With --json, how many commits each has.",
))
