/** The settings of the log: how its lines look, and whether in colour. */
import process from "node:process"
import { LOG_FORMATS, type LogFormat } from "../wire/internal.ts"
import type { Variables } from "./configuration.ts"
import { StartProblem } from "./start-problem.ts"

/** The format that `LEFTFOLD_LOG_FORMAT` names. Throws a `StartProblem` for an unknown one. */
export const logFormatIn = ({ LEFTFOLD_LOG_FORMAT: given = "" }: Variables): LogFormat => {
  const format = LOG_FORMATS.find((each) => each === (given || "plain"))
  if (format !== undefined) return format
  throw new StartProblem(
    `LEFTFOLD_LOG_FORMAT must be ${LOG_FORMATS.join(", ")}: correct it or leave it out`,
  )
}

/** Whether the readable format is in colour: on a terminal, or as the usual variables say. */
export const hasColors = ({ NO_COLOR, FORCE_COLOR }: Variables): boolean =>
  !NO_COLOR && (Boolean(FORCE_COLOR) || process.stdout.isTTY === true)
