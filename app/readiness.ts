/** Readiness: the health of all roles, as their processes report it. */
import { askHealth, type Health, ofStatus, statusOf, type Wire, worstOf } from "../wire/internal.ts"
import type { AppDefinition } from "./app.ts"

/** The names of the parts that all processes of each role run together: `<context>.<name>`. */
export const partsOf = ({ actors, projections, queries, policies }: AppDefinition) => ({
  actors: actors.map(({ contract }) => contract.name),
  projections: [
    ...projections.map(({ name }) => name),
    ...queries.map(({ query }) => query.name),
  ],
  policies: policies.map(({ name }) => name),
})

/** The report of all roles: the worst status of all, and each role with its own. */
export const totalHealth = (roles: Readonly<Record<string, Health>>): Health => {
  const told = Object.entries(roles).map(([role, health]) =>
    [role, { ...health, status: statusOf(health) }] as const
  )
  const status = worstOf(told.map(([, each]) => each.status))
  return { ...ofStatus(status), status, ...Object.fromEntries(told) }
}

/** Asks every role that has parts in this application about their health, in all contexts. */
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
