/** Finds and loads the simulation that the command line runs. */
import process from "node:process"
import { type Simulation, simulation } from "../../simulation/internal.ts"
import { isMap } from "../../wire/internal.ts"
import { importModule, isApp, namedByPackage } from "../application.ts"
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
  const module = given ?? app ?? process.env.LEFTFOLD_APP ?? await namedByPackage("simulation") ??
    await namedByPackage("app")
  if (!module) {
    throw new Problem({
      message: "no simulation is named: give its MODULE, or name it as " +
        '"leftfold": { "simulation": "…" } in package.json',
    })
  }
  const exported = [...new Set(Object.values(await importModule(module)))]
  const [found, ...others] = exported.filter(isSimulation)
  if (found && others.length === 0) return { simulation: found, module }
  const [definition, ...more] = exported.filter(isApp)
  if (!found && definition && more.length === 0) {
    return { simulation: simulation(definition), module }
  }
  throw new Problem({
    message: `${module} exports ${found ? "more than one simulation" : "no simulation"}: export ` +
      "exactly one thing made by simulation(…), or by App.define",
  })
}
