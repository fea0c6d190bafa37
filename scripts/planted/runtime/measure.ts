/** `npm run planted -- --runtime`: which mistakes of the runtime the model refuses. */
import process from "node:process"
import { createNamespace } from "../../../testing/namespace.ts"
import { startTestServers } from "../../../testing/servers.ts"
import { type Mutant, MUTANTS } from "./mutants.ts"
import { runMutated } from "./mutated-run.ts"

/** Seeds that are tried until one shows the mistake. */
const SEEDS = 3

const say = (line: string): void => void process.stdout.write(`${line}\n`)

/** Runs each mutant on real servers; resolves to whether the model refuses all of them. */
export const measureRuntime = async (only: string): Promise<boolean> => {
  const { environment, stop } = await startTestServers()
  const run = async (mutant: Mutant | undefined, seed: number) =>
    await runMutated(mutant, await createNamespace(environment), seed)
  const refused = async (mutant: Mutant): Promise<boolean> => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { findings, events } = await run(mutant, seed)
      const [first] = findings
      if (first === undefined) continue
      say(
        `${mutant.name}\n    seed ${seed}, ${events} events, ${findings.length} findings: ${first}`,
      )
      return true
    }
    say(`${mutant.name}\n    NOT refused in ${SEEDS} seeds`)
    return false
  }
  try {
    let rejected = 0
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { findings, events } = await run(undefined, seed)
      say(`the runtime as it is\n    seed ${seed}, ${events} events: ${findings[0] ?? "accepted"}`)
      rejected += findings.length
    }
    const chosen = MUTANTS.filter(({ name }) => name.includes(only))
    let found = 0
    for (const mutant of chosen) if (await refused(mutant)) found++
    say(`refused ${found} of ${chosen.length}`)
    return rejected === 0 && found === chosen.length
  } finally {
    await stop()
  }
}
