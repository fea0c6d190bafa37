/** The client of an application in memory: what the application lacks, it refuses at once. */
import { NotFound } from "../contracts/internal.ts"
import { type Client, historyName } from "../wire/internal.ts"
import type { AppDefinition } from "./app.ts"

const listed = (names: readonly string[]): string => names.join(", ") || "none"

/**
 * The same client, which answers with `NotFound` at once where a client on servers has to wait: the
 * whole application is in this process, so nobody else can serve what it lacks.
 */
export const clientOf = (app: AppDefinition, client: Client): Client => {
  const contracts = app.actors.map(({ contract }) => contract.name)
  const read = [
    ...app.queries.map(({ query }) => query.name),
    ...app.projections.map(({ name }) => name),
  ]
  /** What a client can also read by a name: the state and the history of each actor. */
  const ofActors = new Set(contracts.flatMap((name) => [name, historyName(name)]))
  const check = (name: string, kind: string, has: readonly string[], where: string): void => {
    if (has.includes(name)) return
    throw new NotFound({
      message: `${app.name} has no ${kind} ${name}; it has ${listed(has)}. Add it to the ` +
        `${where} of a context, or to those of App.define`,
    })
  }
  const checkActor = (name: string) => check(name, "actor of", contracts, "actors")
  const checkRead = (name: string) => check(name, "query or view", read, "queries or projections")
  return {
    ask: async (contract, id, command, options) => {
      checkActor(contract.name)
      return await client.ask(contract, id, command, options)
    },
    askPlain: async (name, ...rest) => {
      checkActor(name)
      return await client.askPlain(name, ...rest)
    },
    askBytes: async (name, ...rest) => {
      checkActor(name)
      return await client.askBytes(name, ...rest)
    },
    query: async (query, params, options) => {
      checkRead(query.name)
      return await client.query(query, params, options)
    },
    queryPlain: async (name, ...rest) => {
      if (!ofActors.has(name)) checkRead(name)
      return await client.queryPlain(name, ...rest)
    },
  }
}
