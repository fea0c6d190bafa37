/** What the first screen tells of an application: its routes, and requests to try. */
import { type AnyContract, Invalid } from "../../../contracts/internal.ts"
import { isRaw } from "../../../projections/internal.ts"
import type { AppDefinition } from "../../app.ts"
import { SCREEN } from "../../limits.ts"
import { fittingExample } from "./example-body.ts"

const publicCommands = (contract: AnyContract): string[] =>
  Object.keys(contract.codec.jsonSchemas("command")).filter((type) => !contract.internal.has(type))

const routesOf = ({ actors, projections, queries }: AppDefinition): string[] => [
  ...actors.flatMap(({ contract }) => {
    const path = `/${contract.context}/${contract.actor}/:id`
    return [
      ...publicCommands(contract).map((type) => `POST ${path}/${type}`),
      `GET  ${path}`,
    ]
  }),
  ...projections.filter((each) => !isRaw(each)).map(({ context, local }) =>
    `GET  /${context}/${local}/:key`
  ),
  ...queries.map(({ query: { context, local, parameters } }) => {
    const asked = parameters.map((name) => `${name}=…`).join("&")
    return `GET  /${context}/${local}${asked === "" ? "" : `?${asked}`}`
  }),
]

/** An example of a command's fields as JSON; undefined when none fits the contract. */
const bodyOf = ({ codec }: AnyContract, type: string): string | undefined => {
  const example = fittingExample(codec.jsonSchemas("command")[type] ?? {}, (each) => {
    try {
      codec.command(type, each)
      return undefined
    } catch (error) {
      return error instanceof Invalid ? error.issues?.[0]?.path ?? "" : ""
    }
  })
  return example === undefined ? undefined : JSON.stringify(example)
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

const ID = "1"

/** A command, then the state that it leads to. */
const requestsTo = (contract: AnyContract, url: string): string[] => {
  const actor = `${url}/${contract.context}/${contract.actor}/${ID}`
  for (const type of publicCommands(contract)) {
    const body = bodyOf(contract, type)
    if (body === undefined) continue
    return [
      `curl ${actor}/${type} -H 'content-type: application/json' -d ${quoted(body)}`,
      `curl ${actor}`,
    ]
  }
  return []
}

const listed = (lines: readonly string[], most: number, rest: string): string[] => [
  ...lines.slice(0, most),
  ...(lines.length > most ? [`… and ${lines.length - most} more: ${rest}`] : []),
]

const indented = (lines: readonly string[]): string => lines.map((line) => `  ${line}\n`).join("")

/** The routes of an application and some requests, as text. Each list is bounded. */
export const screenOf = (app: AppDefinition, url: string): string => {
  const routes = listed(routesOf(app), SCREEN.routes, `curl ${url}/openapi.json`)
  const requests = app.actors.flatMap(({ contract }) => requestsTo(contract, url))
  const view = app.projections.find((each) => !isRaw(each) && each.keyedByActor)
  const rows = view === undefined ? [] : [`curl ${url}/${view.context}/${view.local}/${ID}`]
  const shown = [...requests.slice(0, SCREEN.requests), ...rows]
  return shown.length === 0
    ? indented(routes)
    : `${indented(routes)}\nTry it:\n\n${indented(shown)}`
}
