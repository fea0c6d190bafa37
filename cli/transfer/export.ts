/** `leftfold export`: the events of an application, as the lines that `leftfold import` reads. */
import { once } from "node:events"
import process from "node:process"
import { Argument, Command } from "effect/cli"
import { Option } from "effect"
import { exportActor, exportContext, type Exported } from "../../app/internal.ts"
import type { AppDefinition } from "../../app/internal.ts"
import { type AnyContract, nearest } from "../../contracts/internal.ts"
import { contractOf } from "../application.ts"
import { interruptibly } from "../interruption.ts"
import { atWork, type Workplace } from "../leftfold.ts"
import { counted } from "../print.ts"
import { Problem } from "../problem.ts"
import { ProgressBar } from "../progress-bar.ts"

const what = Argument.String("WHAT").pipe(
  Argument.withDescription("a context or a contract; all contexts without it"),
  Argument.optional,
)

const id = Argument.String("ID").pipe(
  Argument.withDescription("one actor of that contract"),
  Argument.optional,
)

/** Writes lines to the standard output as they are, and waits while its reader is slow. */
const write = async (lines: readonly string[]): Promise<void> => {
  if (lines.length === 0) return
  if (!process.stdout.write(`${lines.join("\n")}\n`)) await once(process.stdout, "drain")
}

/** The contracts to export, those of one context together. */
const contractsOf = (
  app: AppDefinition,
  named: string | undefined,
): readonly (readonly AnyContract[])[] => {
  const all = app.actors.map(({ contract }) => contract)
  const contexts = [...new Set(all.map(({ context }) => context))]
  const of = (context: string) => all.filter((each) => each.context === context)
  if (named === undefined) return contexts.map(of)
  if (contexts.includes(named)) return [of(named)]
  return [[contractOf(app, named, nearest(named, contexts))]]
}

const report = (all: readonly Exported[]): number => {
  const events = all.reduce((sum, each) => sum + each.events, 0)
  process.stderr.write(`exported ${counted(events, "event")}\n`)
  const unreadable = all.flatMap((each) => each.unreadable)
  const count = all.reduce((sum, each) => sum + each.unreadableCount, 0)
  if (count === 0) return 0
  process.stderr.write(
    `${counted(count, "message")} that nobody can read left out: ${unreadable.join(", ")}\n`,
  )
  return 1
}

const run = async (
  { app, wire }: Workplace,
  named: string | undefined,
  actor: string | undefined,
): Promise<number> => {
  // A reader that has enough, such as head, closes its end.
  process.stdout.on("error", ({ code }: NodeJS.ErrnoException) => {
    if (code === "EPIPE") process.exit(0)
  })
  if (actor !== undefined) {
    if (named === undefined) throw new Problem({ message: "name the contract of the actor" })
    return report([await exportActor(await wire(), contractOf(app, named), actor, write)])
  }
  const all: Exported[] = []
  const groups = contractsOf(app, named)
  const open = await wire()
  await interruptibly(async (signal) => {
    for (const contracts of groups) {
      const bar = new ProgressBar(contracts[0]!.context, "commits")
      try {
        all.push(
          await exportContext(open, contracts, write, (progress) => {
            signal.throwIfAborted()
            bar.show(progress)
          }),
        )
      } finally {
        bar.end()
      }
    }
  })
  return report(all)
}

/** The command that exports events. */
export const exportCommand = Command.make(
  "export",
  { what, id },
  (input) =>
    atWork((place) =>
      run(place, Option.getOrUndefined(input.what), Option.getOrUndefined(input.id))
    ),
).pipe(Command.withDescription(
  "Prints events as lines of JSON, in the order of the log: of a context, a contract or one " +
    "actor. leftfold import reads them. Exits with 1 when a message could not be read.",
))
