/** A role of a user's application as a process of its own; the module is in `CHAOS_APP`. */
import process from "node:process"
import { runApplication } from "../../../app/internal.ts"
import { loadSimulation } from "../../../cli/simulate/simulation-module.ts"
import { answeredApp } from "./answered-app.ts"

const { simulation: { scenario } } = await loadSimulation(process.env.CHAOS_APP, undefined)
process.exit(await runApplication(answeredApp(scenario), () => process.env))
