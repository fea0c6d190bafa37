/** `leftfold mcp`: gives agents tools to ask about a running application. */
import process from "node:process"
import { createInterface } from "node:readline"
import { userInfo } from "node:os"
import { Command, Flag } from "effect/cli"
import { Overview } from "../console/overview.ts"
import { atWork, type Workplace } from "../leftfold.ts"
import { Session } from "./session.ts"
import { allowedBy, toolsOf } from "./tools.ts"

const allow = Flag.String("allow").pipe(
  Flag.withMetavar("NAMES"),
  Flag.withDescription(
    "what the agent may do, separated by commas: commands such as orders.order:CancelOrder, and " +
      "rebuild, rollback, drop, reconcile, retry, discard, cancel; nothing by default",
  ),
  Flag.withDefault(""),
)

const run = async (place: Workplace, allowed: string): Promise<void> => {
  const names = allowed.split(",").map((name) => name.trim()).filter((name) => name !== "")
  const overview = new Overview(place)
  const operator = `agent of ${userInfo().username}`
  const tools = toolsOf({ place, overview, operator }, allowedBy(place, names))
  const { name, version } = place.app
  const session = new Session(tools, { name: `leftfold: ${name}`, version })
  const pending = new Set<Promise<void>>()
  for await (const line of createInterface({ input: process.stdin })) {
    if (line.trim() === "") continue
    const answering = session.answer(line).then((answer) => {
      if (answer !== undefined) process.stdout.write(`${answer}\n`)
      pending.delete(answering)
    })
    pending.add(answering)
  }
  await Promise.all(pending)
  await overview.close()
}

/** The command. */
export const mcpCommand = Command.make(
  "mcp",
  { allow },
  (input) => atWork((place) => run(place, input.allow)),
).pipe(Command.withDescription(
  "Speaks the Model Context Protocol over the standard input and output, for agents: describe, " +
    "state, history, query, why, flow, would, health, parked and more. It changes nothing unless " +
    "--allow names it.",
))
