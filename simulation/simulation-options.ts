/** What a simulation is made of: calls, answers, laws and faults. */
import type { Ask, Policy } from "../actors/internal.ts"
import type { AnyContract, Message } from "../contracts/internal.ts"
import type { AppDefinition } from "../app/internal.ts"
import type { Choices } from "./choices.ts"
import type { Faults } from "./faults.ts"
import type { World } from "./world.ts"

/** An event of another application, and the actor there that it happens to. */
export interface Elsewhere {
  readonly contract: AnyContract
  readonly id: string
  readonly event: Message<"event">
}

/** Something that callers ask for, or that happens in an application that this one follows. */
export interface Call {
  /** How often it is chosen, compared with the other calls; 1 by default. */
  readonly weight?: number
  /**
   * What is asked, and of whom. It can look at the world, as somebody does who looks at a page
   * before they press a button. Without a result, nothing is asked.
   */
  readonly ask?: (pick: Choices, world: World) => Ask | undefined
  /** What happens there. Without a result, nothing does. A call has this or `ask`. */
  readonly happens?: (pick: Choices, world: World) => Elsewhere | undefined
}

/** What `simulation` takes. Each part is optional. */
export interface SimulationOptions {
  /**
   * What callers ask for, and what happens elsewhere. By default any public command of any actor,
   * and any event of a contract that is followed, with any fields and in any order.
   */
  readonly calls?: readonly Call[]
  /**
   * Policies that take the place of those with the same names: the ones that call other systems.
   * They answer as such a system may, and draw what it decides from `any`.
   */
  readonly answers?: (pick: Choices) => readonly Policy[]
  /** Throws if something is wrong. Called after every step that changed something. */
  readonly always?: (world: World) => void
  /** Throws if something is wrong. Called when nothing moves any longer. */
  readonly atRest?: (world: World) => void
  /** How often faults strike, where it should differ from the defaults. */
  readonly faults?: Partial<Faults>
  /** How many calls a run has; 12 by default. */
  readonly callsPerRun?: number
  /** The release before this one. Nodes of both then share the work, as in a rolling upgrade. */
  readonly older?: AppDefinition
}
