/** Readiness: how all roles of an application are, as their processes say themselves. */
import { askHealth, type Health, type Wire } from "../wire/internal.ts"
import type { AppDefinition } from "./app.ts"

/** What the processes of each role run together, by name: `<context>.<name>`. */
export const partsOf = ({ actors, projections, queries, policies }: AppDefinition) => ({
  actors: actors.map(({ contract }) => contract.name),
  projections: [
    ...projections.map(({ name }) => name),
    ...queries.map(({ query }) => query.name),
  ],
  policies: policies.map(({ name }) => name),
})

/** Asks all roles that have something to do in this application, for all of its contexts. */
export const askRoles = async (
  app: AppDefinition,
  wire: Wire,
  withinMs: number,
): Promise<Readonly<Record<string, Health>>> => {
  const roles = Object.entries(partsOf(app)).filter(([, parts]) => parts.length > 0)
  const asked = roles.map(async ([role, parts]) =>
    [role, await askHealth(wire, role, parts, withinMs)] as const
  )
  return Object.fromEntries(await Promise.all(asked))
}
