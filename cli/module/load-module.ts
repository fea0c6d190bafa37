/** Loads the module of an application, and takes the application that it exports. */
import { relative } from "node:path"
import process from "node:process"
import { pathToFileURL } from "node:url"
import type { AppDefinition } from "../../app/internal.ts"
import { messageOf } from "../../contracts/internal.ts"
import { isMap } from "../../wire/internal.ts"
import { Problem } from "../problem.ts"
import { packageOf } from "./find-module.ts"
import { prepareTypeScript } from "./type-script.ts"

/** Whether a value is an application. */
export const isApp = (value: unknown): value is AppDefinition =>
  isMap(value) && typeof value.name === "string" &&
  ["actors", "projections", "policies", "contexts"].every((part) => Array.isArray(value[part]))

/** The place in the application's own code where an error was thrown, if its stack tells it. */
const placeOf = (error: unknown, folder: string): string => {
  const stack = error instanceof Error ? error.stack ?? "" : ""
  const frames = stack.split("\n").filter((line) => /^\s+at /.test(line))
  const own = frames.find((line) => line.includes(folder) && !line.includes("node_modules"))
  const [, place] = /\(?((?:file:\/\/)?\/[^()]+:\d+:\d+)\)?$/.exec(own ?? "") ?? []
  return place === undefined ? "" : ` (${place.replace("file://", "").slice(folder.length + 1)})`
}

/** A path as a person in this folder writes it. */
const shown = (path: string): string => relative(process.cwd(), path) || path

/** What a module exports. Rejects with a `Problem` that says where it fails. */
export const importModule = async (path: string): Promise<Record<string, unknown>> => {
  const folder = await packageOf(path)
  await prepareTypeScript(path, folder)
  try {
    return await import(pathToFileURL(path).href)
  } catch (error) {
    const reason = `${messageOf(error)}${placeOf(error, folder)}`
    throw new Problem({ message: `the application ${shown(path)} cannot be loaded: ${reason}` })
  }
}

/** The application that a module exports. Rejects with a `Problem` if it cannot be loaded. */
export const loadModule = async (path: string): Promise<AppDefinition> => {
  const module = await importModule(path)
  const apps = [...new Set(Object.values(module).filter(isApp))]
  const [app, ...others] = apps
  if (app && others.length === 0) return app
  const found = app ? "more than one thing" : "nothing"
  throw new Problem({
    message: `${shown(path)} exports ${found} made by App.define: export exactly one application`,
  })
}
