/** Looks up the parts of the application that the command line works on. */
import type { AnyActor } from "../actors/internal.ts"
import type { AppDefinition } from "../app/internal.ts"
import { type AnyProjection, type FoldedProjection, isRaw } from "../projections/internal.ts"
import { type AnyContract, nearest } from "../contracts/internal.ts"
import { Problem } from "./problem.ts"

/** The projection with this name. Its context can be left out when the rest is unique. */
export const projectionOf = ({ name: app, projections }: AppDefinition, name: string) => {
  const found = projections.filter((each) => each.name === name || each.local === name)
  const exact = found.find((each) => each.name === name)
  if (exact) return exact
  if (found.length === 1) return found[0] as AnyProjection
  const names = (found.length > 0 ? found : projections).map((each) => each.name)
  throw new Problem({
    message: found.length > 0
      ? `"${name}" can be any of ${names.join(" and ")}: say which`
      : `${app} has no projection "${name}"${suggestion(name, names)}`,
  })
}

/** The same for a command that needs rows. For a raw projection it throws `why`, with advice. */
export const foldedOf = (app: AppDefinition, name: string, why: string): FoldedProjection => {
  const projection = projectionOf(app, name)
  if (!isRaw(projection)) return projection
  throw new Problem({
    message: `${projection.name} is raw: ${why}. To write it again: leftfold rebuild ${name}`,
  })
}

/** The same for a command about parked events. Throws for a raw projection. */
export const parkingOf = (app: AppDefinition, name: string): FoldedProjection =>
  foldedOf(
    app,
    name,
    "it parks nothing, because it has no keys. A batch that fails holds it up, and is tried " +
      "again by itself: leftfold health says why; correct the program and start it again",
  )

/** The contract with this name. Its context can be left out when the rest is unique. */
export const contractOf = (
  { name: app, actors }: AppDefinition,
  name: string,
  similar?: string,
): AnyContract => {
  const all = actors.map(({ contract }) => contract)
  const found = all.filter((each) => each.name === name || each.actor === name)
  const exact = found.find((each) => each.name === name)
  if (exact) return exact
  if (found.length === 1) return found[0]!
  const names = (found.length > 0 ? found : all).map((each) => each.name)
  throw new Problem({
    message: found.length > 0
      ? `"${name}" can be any of ${names.join(" and ")}: say which`
      : `${app} has no contract "${name}"` +
        (similar === undefined ? suggestion(name, names) : `: did you mean "${similar}"?`),
  })
}

/** The actor whose contract has this name. */
export const actorOf = (app: AppDefinition, name: string): AnyActor => {
  const contract = contractOf(app, name)
  return app.actors.find((each) => each.contract === contract)!
}

const suggestion = (name: string, names: readonly string[]): string => {
  const near = nearest(name, names.flatMap((each) => [each, each.split(".")[1] ?? each]))
  if (near !== undefined) return `: did you mean "${near}"?`
  return names.length > 0 ? `; it has ${names.join(", ")}` : "; it has none"
}
