/** A scope: stops what was started, at the end or on failure, last started first. */
import process from "node:process"
import type { TestScope } from "../../../testing/temporary-folder.ts"

/** A scope that its owner ends. */
export interface Scope extends TestScope {
  readonly end: () => Promise<void>
}

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const

const makeScope = (): Scope => {
  const works: (() => Promise<void>)[] = []
  return {
    after: (work) => void works.push(work),
    end: async () => {
      const failures: unknown[] = []
      // If one cannot be stopped, the others still are.
      for (const work of works.splice(0).reverse()) {
        await work().catch((error) => failures.push(error))
      }
      if (failures.length > 0) {
        throw new AggregateError(failures, "not all could be stopped")
      }
    },
  }
}

/**
 * Runs work in a scope, and ends the scope however the work ends. A signal also ends it, and then
 * this process. A second signal ends the process at once, and the servers follow.
 */
export const withScope = async <Result>(
  work: (scope: Scope) => Promise<Result>,
): Promise<Result> => {
  const scope = makeScope()
  let interrupted = false
  const interrupt = () => {
    if (interrupted) process.exit(1)
    interrupted = true
    scope.end().catch(console.error).then(() => process.exit(130))
  }
  for (const signal of signals) process.on(signal, interrupt)
  try {
    return await work(scope)
  } finally {
    // An interruption is already ending the scope, and then ends this process.
    if (interrupted) await new Promise(() => {})
    for (const signal of signals) process.off(signal, interrupt)
    await scope.end()
  }
}
