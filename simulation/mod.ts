/** Simulation: a whole application in one process, under every order of things. */
export type { Choices } from "./choices.ts"
export { type Simulation, simulation } from "./simulation.ts"
export type { World } from "./world.ts"
