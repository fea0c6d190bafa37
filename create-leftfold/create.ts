#!/usr/bin/env node
/** `npm create leftfold@latest my-app`: writes a small application, and installs what it needs. */
import process from "node:process"
import { createApplication } from "./application.ts"
import { install, type Tool, toolOf } from "./install.ts"
import { type Choice, choiceOf, USAGE, WrongUse } from "./choice.ts"

const say = (text: string): void => void process.stdout.write(`${text}\n`)

const nextSteps = ({ folder, deno }: Choice, tool: Tool): string => {
  const [check, run] = deno
    ? ["deno task test", "deno task dev"]
    : [`${tool} test`, `${tool} run dev`]
  return `
Next:

  cd ${folder}
  ${check}
  ${run}
`
}

const main = async (args: readonly string[]): Promise<number> => {
  try {
    const choice = choiceOf(args)
    if (choice === undefined) {
      say(USAGE)
      return 0
    }
    const tool = toolOf(process.env.npm_config_user_agent)
    const files = await createApplication(choice)
    say(`${choice.folder}: ${files} files written`)
    if (choice.installs) {
      say(`installing with ${tool} …`)
      await install(choice.folder, tool)
    }
    say(nextSteps(choice, tool))
    return 0
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    process.stderr.write(`create-leftfold: ${message}\n`)
    return error instanceof WrongUse ? 2 : 1
  }
}

process.exitCode = await main(process.argv.slice(2))
