/** Finds and loads the simulation that the command line runs. */
import { relative, resolve } from "node:path"
import process from "node:process"
import { type Simulation, simulation } from "../../simulation/internal.ts"
import { isMap } from "../../wire/internal.ts"
import { findModule } from "../module/find-module.ts"
import { importModule, isApp } from "../module/load-module.ts"
import { Problem } from "../problem.ts"

/** A simulation, and the module that it was loaded from. */
export interface LoadedSimulation {
  readonly simulation: Simulation
  readonly module: string
}

const isSimulation = (value: unknown): value is Simulation =>
  isMap(value) && isMap(value.scenario) && typeof value.check === "function"

/**
 * Loads a simulation, or one with default calls of an application. Rejects with a `Problem` if the
 * module exports neither.
 */
export const loadSimulation = async (
  given: string | undefined,
  app: string | undefined,
): Promise<LoadedSimulation> => {
  const found = await findModule(given ?? app, ["simulation", "app"])
  const module = relative(process.cwd(), resolve(found))
  const exported = [...new Set(Object.values(await importModule(module)))]
  const [made, ...others] = exported.filter(isSimulation)
  if (made && others.length === 0) return { simulation: made, module }
  const [definition, ...more] = exported.filter(isApp)
  if (!made && definition && more.length === 0) {
    return { simulation: simulation(definition), module }
  }
  throw new Problem({
    message: `${module} exports ${made ? "more than one simulation" : "no simulation"}: export ` +
      "exactly one thing made by simulation(…), or by App.define",
  })
}
