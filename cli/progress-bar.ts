/** A progress bar: the progress, the speed, and the time left. */
import process from "node:process"
import { duration } from "./print.ts"

/** How much of some work is done. */
export interface WorkDone {
  readonly done: number
  readonly of: number
}

/** What is counted. */
type Unit = "commits" | "bytes"

const WIDTH = 24
const EVERY_MS = 200
/** Without a terminal, a line is printed each time this many more per cent are done. */
const STEP_PERCENT = 10

/** The bar as text. `perSecond` is the average speed since the beginning. */
export const barText = (
  label: string,
  { done, of }: WorkDone,
  perSecond: number,
  unit = "commits",
): string => {
  const part = of === 0 ? 1 : Math.min(1, done / of)
  const full = Math.round(part * WIDTH)
  const speed = unit === "bytes"
    ? `${(perSecond / 1_000_000).toFixed(1)} MB/s`
    : `${Math.round(perSecond).toLocaleString("en")} ${unit}/s`
  const left = done < of && perSecond > 0 ? `  ${duration((of - done) / perSecond)} left` : ""
  return `${label} ${"█".repeat(full)}${"░".repeat(WIDTH - full)} ` +
    `${Math.floor(part * 100)} %  ${speed}${left}`
}

/** Shows progress on the standard error. The standard output holds only the result. */
export class ProgressBar {
  readonly #label: string
  readonly #unit: string | undefined
  readonly #begun = performance.now()
  #first: number | undefined
  #shown = -Infinity
  #step = 0

  /** `unit` is what is counted; commits by default. */
  constructor(label: string, unit?: string) {
    this.#label = label
    this.#unit = unit
  }

  /** Shows the current progress. */
  show(progress: WorkDone): void {
    const { done, of } = progress
    this.#first ??= done
    const now = performance.now()
    const perSecond = (done - this.#first) / Math.max(0.001, (now - this.#begun) / 1_000)
    const text = barText(this.#label, progress, perSecond, this.#unit)
    if (process.stderr.isTTY) {
      if (now - this.#shown < EVERY_MS && done < of) return
      this.#shown = now
      process.stderr.write(`\r${text}\u001b[K`)
      return
    }
    const step = of === 0 ? 0 : Math.floor(done / of * 100 / STEP_PERCENT)
    if (step <= this.#step) return
    this.#step = step
    process.stderr.write(`${text}\n`)
  }

  /** Ends the bar's line. */
  end(): void {
    if (process.stderr.isTTY && this.#shown > 0) process.stderr.write("\n")
  }
}
