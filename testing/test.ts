/** A test as `node:test` has it, with a limit of time of its own. */
import { test as unlimited, type TestContext } from "node:test"

/** How long a test may take that says nothing else, in milliseconds. */
const LIMIT_MS = 120_000

/** What a test does; it may be given what it can register its cleaning up with. */
export type TestBody = (t: TestContext) => void | Promise<void>

/** How a test is run. */
export interface TestOptions {
  /** Leaves it out, and says why. */
  readonly skip?: boolean | string
  /** How long it may take, in milliseconds; 120,000 when it is not given. */
  readonly timeout?: number
}

/**
 * Registers a test. One that does not end within its limit fails by its name, and the others go on.
 *
 * ```ts
 * test("an id stays readable", () => assert.equal(idOf("refund", "o-1"), "refund__o-1"))
 * test("a cluster comes up", { timeout: 300_000 }, async (t) => {
 *   await startProgram(t, "shop/cluster.ts").untilOutput(/^ready /m)
 * })
 * ```
 */
export const test = (
  name: string,
  ...given: [body: TestBody] | [options: TestOptions, body: TestBody]
): void => {
  const [options, body] = given.length === 1 ? [{}, given[0]] : given
  unlimited(name, { timeout: LIMIT_MS, ...options }, async (t) => {
    try {
      await body(t)
    } finally {
      // Deno leaves them, and tests that share a process would have them too.
      t.mock.timers.reset()
      t.mock.restoreAll()
    }
  })
}
