/**
 * The program as a process that runs one command line after another, each a line of JSON on its
 * standard input: to start it takes longer than most commands do.
 */
import process from "node:process"
import { createInterface } from "node:readline"
import { runProgram } from "./program.ts"

/** Runs a command line in this environment; answers with what a process of its own would give. */
const runIn = async (args: readonly string[], environment: Readonly<Record<string, string>>) => {
  const written = { stdout: "", stderr: "" }
  const { stdout, stderr } = process
  const writes = [stdout.write, stderr.write] as const
  const { log, error } = console
  const collecting = (name: "stdout" | "stderr") => (text: string | Uint8Array) => {
    written[name] += typeof text === "string" ? text : new TextDecoder().decode(text)
    return true
  }
  Object.assign(process.env, environment)
  stdout.write = collecting("stdout")
  stderr.write = collecting("stderr")
  // Not everywhere does the console write to these.
  console.log = (...values) => collecting("stdout")(`${values.join(" ")}\n`)
  console.error = (...values) => collecting("stderr")(`${values.join(" ")}\n`)
  try {
    return { code: await runProgram(args), ...written }
  } finally {
    for (const [index, stream] of [stdout, stderr].entries()) stream.write = writes[index]!
    Object.assign(console, { log, error })
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const { args, environment } = JSON.parse(line)
  const ran = await runIn(args, environment)
  process.stdout.write(`${JSON.stringify(ran)}\n`)
}
