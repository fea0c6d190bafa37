/** `leftfold state`, `history` and `query`: what an application shows, from the shell. */
import { Argument, Command, Flag } from "effect/cli"
import { Option } from "effect"
import { operatorClient } from "./client.ts"
import { historyName, isMap, type QueryOptions } from "../../wire/internal.ts"
import { contractOf } from "../application.ts"
import { atWork, json, type Workplace } from "../leftfold.ts"
import { printJson, printLine, printTable } from "../print.ts"
import { contract, id } from "./arguments.ts"
import { fieldsOf } from "./fields.ts"

const version = Flag.Int("version").pipe(
  Flag.withDescription("the state after this many events"),
  Flag.optional,
)

const at = Flag.String("at").pipe(
  Flag.withMetavar("TIME"),
  Flag.withDescription("the state at this time, such as 2026-11-22T10:00:00Z"),
  Flag.optional,
)

const asked = async (
  place: Workplace,
  name: string,
  params: object,
  options: QueryOptions = {},
) => await (await operatorClient(place)).queryPlain(name, params, options)

const optional = (name: string, option: Option.Option<unknown>): object =>
  Option.isSome(option) ? { [name]: option.value } : {}

const pretty = (value: unknown): void => printLine(JSON.stringify(value, undefined, 2))

/** The command that shows a state. */
export const stateCommand = Command.make(
  "state",
  { contract, id, version, at, json },
  (input) =>
    atWork(async (place) => {
      const { name } = contractOf(place.app, input.contract)
      const params = {
        id: input.id,
        ...optional("version", input.version),
        ...optional("at", input.at),
      }
      const { result } = await asked(place, name, params)
      if (input.json) return printJson(result)
      const { version, position, time, state } = isMap(result) ? result : {}
      printLine(`${name} ${input.id} at version ${version}, ${position} of ${time}`)
      pretty(state)
    }),
).pipe(Command.withDescription("Shows the state of an actor, now, at a version or at a time."))

const after = Flag.Int("after").pipe(
  Flag.withDescription("only events after this version"),
  Flag.withDefault(0),
)

const limit = Flag.Int("limit").pipe(
  Flag.withDescription("how many events at most; 100 by default"),
  Flag.withDefault(100),
)

/** The command that shows a history. */
export const historyCommand = Command.make(
  "history",
  { contract, id, after, limit, json },
  (input) =>
    atWork(async (place) => {
      const { name } = contractOf(place.app, input.contract)
      const { id, after, limit } = input
      const { result } = await asked(place, historyName(name), { id, after, limit })
      if (input.json) return printJson(result)
      const { events, next } = isMap(result) ? result : {}
      const rows = (Array.isArray(events) ? events : []).map((
        { version, time, position, type, data },
      ) => [Number(version), String(time), String(position), `${type} ${JSON.stringify(data)}`])
      printTable(["VERSION", "TIME", "POSITION", "EVENT"], rows)
      if (next !== undefined) printLine(`there is more: --after ${next}`)
    }),
).pipe(Command.withDescription("Lists the events of an actor, oldest first."))

const query = Argument.String("NAME").pipe(
  Argument.withDescription("a query, or a view that is asked for the row of a key"),
)

const params = Argument.String("FIELD").pipe(
  Argument.withDescription("its parameters: name=value for each, or one map as JSON"),
  Argument.variadic(),
)

const since = Flag.String("after").pipe(
  Flag.withMetavar("POSITION"),
  Flag.withDescription("positions that the answer includes, such as orders:1234"),
  Flag.optional,
)

/** The command that asks the read side. */
export const queryCommand = Command.make(
  "query",
  { query, params, after: since, json },
  (input) =>
    atWork(async (place) => {
      const options = { after: Option.getOrUndefined(input.after) }
      const answer = await asked(place, input.query, fieldsOf(input.params), options)
      if (input.json) return printJson(answer)
      pretty(answer.result)
      printLine(`as of ${answer.position}`)
      if (answer.next !== undefined) printLine(`there is more: after=${answer.next}`)
    }),
).pipe(Command.withDescription(
  "Asks a query, or a view: leftfold query orders.order-list key=o-1.",
))
