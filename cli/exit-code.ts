/** The exit code of a command that ran: each run of the program has its own. */
import { Context, Effect } from "effect"

/** Holds the exit code of one run. `process.exitCode` belongs to the whole process. */
interface Held {
  code: number
}

const RunCode = Context.Reference<Held>("leftfold/cli/RunCode", {
  defaultValue: () => ({ code: 0 }),
})

/** Says the exit code of the run; a command that says nothing ends with 0. */
export const endWith = (code: number | void): Effect.Effect<void> =>
  Effect.map(RunCode, (held) => {
    held.code = code ?? 0
  })

/** Runs a command, and resolves to its exit code. */
export const withRunCode = <E, R>(run: Effect.Effect<unknown, E, R>): Effect.Effect<number, E, R> =>
  Effect.suspend(() => {
    const held: Held = { code: 0 }
    return run.pipe(Effect.provideService(RunCode, held), Effect.map(() => held.code))
  })
