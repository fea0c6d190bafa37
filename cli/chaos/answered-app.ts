/** The application of a simulation as it runs on servers: with the simulation's own answers. */
import type { Policy } from "../../actors/internal.ts"
import type { AppDefinition } from "../../app/internal.ts"
import { Drawing, mix, type Scenario } from "../../simulation/internal.ts"

const hashOf = (text: string): number =>
  [...text].reduce((hash, char) => mix(hash, char.codePointAt(0)!), 1)

/**
 * Replaces the policies that call other systems by those of `answers`. What an answer draws depends
 * only on its event, so that a policy that handles an event again asks for the same.
 */
export const answeredApp = ({ app, answers }: Scenario): AppDefinition => {
  if (answers === undefined) return app
  const replaced = (policy: Policy): Policy => ({
    ...policy,
    on: (event, meta) => {
      const drawing = new Drawing()
      const place = `${policy.name} ${meta.position} ${meta.index}`
      drawing.move(hashOf(place), place)
      return answers(drawing).find(({ name }) => name === policy.name)!.on(event, meta)
    },
  })
  const names = new Set(answers(new Drawing()).map(({ name }) => name))
  const policies = app.policies.map((each) => names.has(each.name) ? replaced(each) : each)
  return { ...app, policies }
}
