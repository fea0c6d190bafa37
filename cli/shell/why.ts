/** `leftfold why`: from a row of a view, or a cell of it, to what made it so. */
import { Argument, Command, Flag } from "effect/cli"
import { Option } from "effect"
import { type EventReference, type Why, why } from "../../app/internal.ts"
import { foldedOf } from "../application.ts"
import { atWork, flag, json } from "../leftfold.ts"
import { LISTED } from "../limits.ts"
import { counted, printJson, printLine, printTable } from "../print.ts"
import { chainLines, eventLine, insightOf } from "./insight.ts"

const view = Argument.String("VIEW").pipe(
  Argument.withDescription("the view, such as orders.order-list"),
)

const key = Argument.String("KEY").pipe(Argument.withDescription("the key of the row"))

const column = Argument.String("COLUMN").pipe(
  Argument.withDescription("a column: names the events that give its value"),
  Argument.optional,
)

const at = Flag.String("at").pipe(
  Flag.withMetavar("POSITION"),
  Flag.withDescription("the row as it was at a position, such as orders:20"),
  Flag.optional,
)

/** The flag by which the reading of much of the log is accepted. */
export const scan = flag("scan", "read as much of the log as that takes")

const shown = (value: unknown): string => JSON.stringify(value) ?? "null"

const printRow = ({ row, since }: Why): void => {
  if (!row) return
  printTable(
    ["COLUMN", "VALUE", "SINCE", "EVENT"],
    Object.entries(row).map(([name, value]) => {
      const event = since[name]
      return [
        name,
        shown(value).slice(0, LISTED.whyCharacters),
        event?.position ?? "",
        event ? `${event.type} of ${event.actor} ${event.id}` : "",
      ]
    }),
  )
}

const printCauses = (causes: readonly EventReference[], minimal: boolean): void => {
  if (causes.length <= 1 && minimal) return
  printLine(
    minimal
      ? `${counted(causes.length, "event")} give this value, and none of them can be left out:`
      : `${counted(causes.length, "event")} give this value; perhaps fewer do:`,
  )
  for (const cause of causes.slice(0, LISTED.causes)) printLine(`  ${eventLine(cause)}`)
  if (causes.length > LISTED.causes) {
    printLine(`  and ${causes.length - LISTED.causes} more: --json lists all`)
  }
}

const print = (found: Why): void => {
  const { view, key, at, row, events, last, stored, stopped, column, chain, broken } = found
  if (column) {
    const since = found.since[column.name]
    printLine(`${column.name} = ${row ? shown(column.value) : "(no row)"}`)
    if (since) printLine(`since ${eventLine(since)}`)
    else printLine(`no event has given it a value, of ${counted(events, "event")} up to ${at}`)
    if (column.causes) printCauses(column.causes, column.minimal ?? false)
  } else {
    const what = row ? `${view} ${key}` : `${view} has no row ${key}`
    printLine(`${what}, of ${counted(events, "event")} up to ${at}`)
    printRow(found)
    if (!row && last) printLine(`deleted by ${eventLine(last)}`)
  }
  if (chain.length > 0) printLine("")
  for (const line of chainLines(chain, broken)) printLine(line)
  if (stopped) {
    const event = stopped.event ? ` at ${eventLine(stopped.event)}` : ""
    printLine(`it stops${event}: ${stopped.error}: see leftfold parked ${view}`)
  }
  if (stored && !stored.same) {
    const why = stored.sameVersion
      ? `it may lag: leftfold projections, or leftfold reconcile ${view}`
      : "another version of the program folds it"
    printLine(`the view keeps another row, as of ${stored.position}: ${why}`)
  }
}

/** The command that explains a row. */
export const whyCommand = Command.make(
  "why",
  { view, key, column, at, scan, json },
  (input) =>
    atWork(async (place) => {
      const projection = foldedOf(
        place.app,
        input.view,
        "its rows have no keys, so nothing tells which events made them",
      )
      const found = await why(await insightOf(place), {
        ...{ projection, key: input.key, scan: input.scan },
        column: Option.getOrUndefined(input.column),
        at: Option.getOrUndefined(input.at),
      })
      if (input.json) printJson(found)
      else print(found)
      return found.events > 0 ? 0 : 1
    }),
).pipe(Command.withDescription(
  "Says why a row is as it is: leftfold why orders.order-list o-1 state. For a cell it names the " +
    "events that give its value, and the commands, policies and callers behind them. It folds " +
    "the log by this program's code. Exits with 1 if the row never had an event.",
))
