/** The actors and folded projections of an application as machines, with their stamps. */
import { type FoldedProjection, isRaw } from "../../projections/internal.ts"
import type { AppDefinition } from "../app.ts"
import type { Stamped } from "./behaviour.ts"
import { actorMachine, foldMachine } from "./machine.ts"

/** The machines of an application. Raw projections need SQL and are left out. */
export const stampedOf = ({ actors, projections }: AppDefinition): Stamped[] => [
  ...actors.map((actor) => ({
    machine: actorMachine(actor),
    stamp: actor.state?.stamp ?? "",
    contracts: [actor.contract],
    isView: false,
    advice:
      `count up \`version\` of the actor ${actor.contract.name}: otherwise its snapshots go ` +
      "on with the state of the old code",
  })),
  ...projections.filter((each): each is FoldedProjection => !isRaw(each)).map((projection) => ({
    machine: foldMachine(projection, projection.from[0]?.name ?? ""),
    stamp: projection.version,
    contracts: projection.from,
    isView: true,
    advice: `count up \`version\` of the projection ${projection.name}: the view is then rebuilt`,
  })),
]
