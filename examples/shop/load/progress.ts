/** The progress of a load for a person: one line, rewritten on a terminal. */
import type { StepOutput } from "../../../app/development/steps.ts"

const TERMINAL_MS = 500
const PLAIN_MS = 5_000

/** A line that is shown until it is stopped. */
export interface ProgressLine {
  readonly stop: () => void
}

/** Shows `line` repeatedly: twice a second on a terminal, otherwise every 5 seconds. */
export const showProgress = (output: StepOutput, line: () => string): ProgressLine => {
  const { isTerminal } = output
  const show = () => output.write(isTerminal ? `\r\x1b[2K${line()}` : `${line()}\n`)
  const timer = setInterval(show, isTerminal ? TERMINAL_MS : PLAIN_MS)
  return {
    stop: () => {
      clearInterval(timer)
      show()
      if (isTerminal) output.write("\n")
    },
  }
}
