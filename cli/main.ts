/** The command line of Leftfold: what an operator asks of an application that runs. */
import process from "node:process"
import { runProgram } from "./program.ts"

process.exit(await runProgram(process.argv.slice(2)))
