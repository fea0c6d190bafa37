/** Installs the packages of a new application, with the tool that started us. */
import { spawn } from "node:child_process"
import process from "node:process"

const TOOLS = ["npm", "pnpm", "yarn", "bun"] as const

/** A package manager. */
export type Tool = typeof TOOLS[number]

/** The package manager that says this of itself, as in `npm/11.1.0 node/v22.18.0`; else npm. */
export const toolOf = (userAgent = ""): Tool =>
  TOOLS.find((each) => userAgent.startsWith(`${each}/`)) ?? "npm"

/** Runs `npm install`, or that of another tool. Rejects with what to do when it fails. */
export const install = (folder: string, tool: Tool): Promise<void> =>
  new Promise((resolve, reject) => {
    const fail = (why: string) =>
      reject(
        new Error(
          `${tool} install ${why}. The files are written: run it again in ${folder}`,
        ),
      )
    const child = spawn(tool, ["install"], { cwd: folder, stdio: "inherit", env: process.env })
    child.once("error", (error) => fail(`cannot run (${error.message})`))
    child.once("exit", (code) => code === 0 ? resolve() : fail(`ended with ${code ?? "a signal"}`))
  })
