/** The command line of Leftfold, for operators of a running application. */
import process from "node:process"
import { runProgram } from "./program.ts"

// A reader of the output, such as `head`, may stop before its end.
process.stdout.on("error", (error: Error & { readonly code?: string }) => {
  if (error.code !== "EPIPE") throw error
  process.exit(0)
})

process.exit(await runProgram(process.argv.slice(2)))
