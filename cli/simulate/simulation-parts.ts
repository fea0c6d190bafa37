/** The parts of a long simulation: processes that share its seeds, one for each core. */
import { type ChildProcess, spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { scriptCommand } from "../../app/internal.ts"
import type { Failure, Reached } from "../../simulation/internal.ts"
import { isMap } from "../../wire/internal.ts"
import { Problem } from "../problem.ts"

/** A seed that broke a law, as another process can read it. */
export interface SeenFailure {
  readonly seed: number
  readonly calls: number
  readonly broken: Pick<Failure["broken"], "law" | "where" | "message">
}

/** What came of all seeds. */
export interface Explored {
  readonly tried: number
  readonly steps: number
  /** A seed that broke a law; with several processes, it need not be the first one. */
  readonly failed: SeenFailure | undefined
  /** What each process reached. */
  readonly reached: readonly Reached[]
}

/** Which seeds, on how many cores, and how it is watched. */
export interface PartsOptions {
  readonly module: string
  readonly seeds: number
  readonly from: number
  readonly cores: number
  /** Called with the number of seeds that were run so far, by all processes together. */
  readonly progress: (done: number) => void
  readonly signal: AbortSignal
}

type Ended = Omit<Explored, "reached"> & { readonly reached: Reached }

/** The seeds of each process: parts of nearly equal size. */
const rangesOf = ({ seeds, from, cores }: PartsOptions) =>
  Array.from({ length: cores }, (_, part) => {
    const [begin, end] = [part, part + 1].map((each) => Math.floor(seeds * each / cores))
    return { from: from + begin!, seeds: end! - begin! }
  })

const started = (
  module: string,
  { from, seeds }: { from: number; seeds: number },
): ChildProcess => {
  const [program, ...args] = scriptCommand(new URL("../main.ts", import.meta.url))
  const options = ["--part", "--from", String(from), "--seeds", String(seeds)]
  return spawn(program, [...args, "simulate", module, ...options], {
    stdio: ["ignore", "pipe", "inherit"],
  })
}

/** Resolves to the result of a process. Rejects if it ends without one. */
const resultOf = async (part: ChildProcess, progress: (done: number) => void): Promise<Ended> => {
  let ended: Ended | undefined
  const closed = new Promise<number | null>((resolve, reject) => {
    part.once("close", resolve)
    part.once("error", reject)
  })
  for await (const line of createInterface({ input: part.stdout! })) {
    const said: unknown = JSON.parse(line)
    if (!isMap(said)) continue
    progress(Number(said.tried))
    if ("reached" in said) ended = said as unknown as Ended
  }
  const code = await closed
  if (ended) return ended
  throw new Problem({ message: `a process of the simulation ended with exit code ${code}` })
}

/** Runs seeds in several processes until one of them finds a failure, or all are done. */
export const inParts = async (options: PartsOptions): Promise<Explored> => {
  const { module, progress, signal } = options
  const parts = rangesOf(options).map((range) => started(module, range))
  const done = parts.map(() => 0)
  const stop = () => parts.forEach((part) => part.kill())
  signal.addEventListener("abort", stop)
  const found: Ended[] = []
  let isOver = false
  try {
    await Promise.all(parts.map(async (part, index) => {
      try {
        const ended = await resultOf(part, (tried) => {
          done[index] = tried
          progress(done.reduce((sum, each) => sum + each, 0))
        })
        found.push(ended)
        if (!ended.failed) return
        isOver = true
        stop()
      } catch (error) {
        // The others are stopped as soon as one has found a failure.
        if (!isOver) throw error
      }
    }))
  } finally {
    stop()
    signal.removeEventListener("abort", stop)
  }
  signal.throwIfAborted()
  return {
    tried: done.reduce((sum, each) => sum + each, 0),
    steps: found.reduce((sum, { steps }) => sum + steps, 0),
    failed: found.find(({ failed }) => failed)?.failed,
    reached: found.map(({ reached }) => reached),
  }
}
