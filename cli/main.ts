/** The command line of Leftfold, for operators of a running application. */
import process from "node:process"
import { runProgram } from "./program.ts"

process.exit(await runProgram(process.argv.slice(2)))
