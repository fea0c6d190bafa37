/** Writes docs/command-line.md. */
import { writeFile } from "node:fs/promises"
import { COMMAND_LINE_PAGE, commandLinePage } from "./command-line.ts"

await writeFile(COMMAND_LINE_PAGE, await commandLinePage())
