/** `leftfold tail`: the events of an application, as they are stored. */
import process from "node:process"
import { Argument, Command, Flag } from "effect/cli"
import { Option } from "effect"
import { type AnyContract, parsePositions, type Positions } from "../../contracts/internal.ts"
import { readMessage, recordedMeta } from "../../wire/internal.ts"
import { contractOf } from "../application.ts"
import { atWork, json, type Workplace } from "../leftfold.ts"
import { printJson, printLine } from "../print.ts"

const what = Argument.String("WHAT").pipe(
  Argument.withDescription("a context or a contract; everything without it"),
  Argument.optional,
)

const from = Flag.String("from").pipe(
  Flag.withMetavar("POSITION"),
  Flag.withDescription("begin after these positions, such as orders:1234; now by default"),
  Flag.optional,
)

const count = Flag.Int("count").pipe(
  Flag.withDescription("end after this many events"),
  Flag.optional,
)

interface Input {
  readonly what: Option.Option<string>
  readonly from: Option.Option<string>
  readonly count: Option.Option<number>
  readonly json: boolean
}

const contractsOf = ({ app }: Workplace, named: string | undefined): readonly AnyContract[] => {
  const all = app.actors.map(({ contract }) => contract)
  if (named === undefined) return all
  const inContext = all.filter(({ context }) => context === named)
  return inContext.length > 0 ? inContext : [contractOf(app, named)]
}

/** Messages read at once. */
const BATCH = 100

const run = async (place: Workplace, input: Input): Promise<void> => {
  const contracts = contractsOf(place, Option.getOrUndefined(input.what))
  const byName = new Map(contracts.map((contract) => [contract.name, contract]))
  const feed = await place.feed()
  const given: Positions = Option.isSome(input.from) ? parsePositions(input.from.value) : {}
  const after: Record<string, number> = {}
  for (const context of new Set(contracts.map(({ context }) => context))) {
    after[context] = given[context] ?? (await feed.stream(context)).last
  }
  const cursor = await feed.open(after)
  const stop = () => cursor.close()
  process.once("SIGINT", stop)
  process.once("SIGTERM", stop)
  let left = Option.getOrElse(input.count, () => Infinity)
  try {
    while (left > 0) {
      const messages = await cursor.next(BATCH)
      if (messages.length === 0) return
      for (const message of messages) {
        const read = readMessage(message, byName, () => false)
        if (read.kind !== "commit") continue
        for (const [index, { type, data }] of read.commit.events.entries()) {
          if (left-- <= 0) return
          const meta = recordedMeta(read.contract, read.id, read.commit, index)
          const { actor, id, position, version, commandId } = meta
          const time = meta.time.toISOString()
          if (input.json) {
            printJson({ position, time, actor, id, version, type, data, commandId })
          } else printLine(`${position}  ${time}  ${actor} ${id}  ${type} ${JSON.stringify(data)}`)
        }
      }
    }
  } finally {
    cursor.close()
  }
}

/** The command that follows logs. */
export const tailCommand = Command.make(
  "tail",
  { what, from, count, json },
  (input) => atWork((place) => run(place, input)),
).pipe(Command.withDescription(
  "Prints events as they are stored, of a context, a contract or everything, until Ctrl-C.",
))
