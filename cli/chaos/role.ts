/** A role of an application in a chaos run, as a process of its own. */
import process from "node:process"
import { runApplication } from "../../app/internal.ts"
import { loadSimulation } from "../simulate/simulation-module.ts"
import { chaosApp } from "./app-run.ts"

const { CHAOS_APP: module, CHAOS_HURRY_MS: hurry } = process.env
const { simulation: { scenario } } = await loadSimulation(module, undefined)
process.exit(
  await runApplication(chaosApp(scenario, hurry ? Number(hurry) : undefined), () => process.env),
)
