#!/usr/bin/env node
/** `leftfold`: the compiled command line of the package, or its source through tsx. */
import { existsSync } from "node:fs"
import process from "node:process"

const isCompiled = existsSync(new URL("./main.js", import.meta.url))
const load = (name) =>
  import(new URL(`./${name}.${isCompiled ? "js" : "ts"}`, import.meta.url).href)

if (!isCompiled && !("deno" in process.versions)) (await import("tsx/esm/api")).register()

const { peerProblem } = await load("peers")
const problem = peerProblem(process.cwd())
if (problem === undefined) await load("main")
else {
  process.stderr.write(`leftfold: ${problem}\n`)
  process.exitCode = 1
}
