/** Finds and loads the application that the command line works on, and looks up its parts. */
import { readFile } from "node:fs/promises"
import { resolve } from "node:path"
import process from "node:process"
import { pathToFileURL } from "node:url"
import type { AppDefinition } from "../app/internal.ts"
import { type AnyProjection, type FoldedProjection, isRaw } from "../projections/internal.ts"
import { Problem } from "./problem.ts"
import { messageOf, nearest } from "../contracts/internal.ts"
import { isMap } from "../wire/internal.ts"

const HOW = 'name its module with --app, with LEFTFOLD_APP, or as "leftfold": { "app": "…" } in ' +
  "package.json"

/** Whether a value is an application. */
export const isApp = (value: unknown): value is AppDefinition =>
  isMap(value) && typeof value.name === "string" &&
  ["actors", "projections", "policies", "contexts"].every((part) => Array.isArray(value[part]))

/** The module that the package in this folder names for this; undefined when it names none. */
export const namedByPackage = async (what: "app" | "simulation"): Promise<string | undefined> => {
  let text: string
  try {
    text = await readFile(resolve("package.json"), "utf8")
  } catch {
    return undefined
  }
  const manifest: unknown = JSON.parse(text)
  const own = isMap(manifest) ? manifest.leftfold : undefined
  const named = isMap(own) ? own[what] : undefined
  return typeof named === "string" ? named : undefined
}

/** What a module exports. Rejects with a `Problem` if it cannot be loaded. */
export const importModule = async (path: string): Promise<Record<string, unknown>> => {
  try {
    return await import(pathToFileURL(resolve(path)).href)
  } catch (error) {
    throw new Problem({ message: `the application ${path} cannot be loaded: ${messageOf(error)}` })
  }
}

/** Loads the application. Rejects with a `Problem` if it cannot be found. */
export const loadApplication = async (given: string | undefined): Promise<AppDefinition> => {
  const path = given ?? process.env.LEFTFOLD_APP ?? await namedByPackage("app")
  if (!path) throw new Problem({ message: `no application is named: ${HOW}` })
  const module = await importModule(path)
  const apps = [...new Set(Object.values(module).filter(isApp))]
  const [app, ...others] = apps
  if (app && others.length === 0) return app
  const found = app ? "more than one thing" : "nothing"
  throw new Problem({
    message: `${path} exports ${found} made by App.define: export exactly one application`,
  })
}

/** The projection with this name. Its context can be left out when the rest is unique. */
export const projectionOf = ({ name: app, projections }: AppDefinition, name: string) => {
  const found = projections.filter((each) => each.name === name || each.local === name)
  const exact = found.find((each) => each.name === name)
  if (exact) return exact
  if (found.length === 1) return found[0] as AnyProjection
  const names = (found.length > 0 ? found : projections).map((each) => each.name)
  throw new Problem({
    message: found.length > 0
      ? `"${name}" can be any of ${names.join(" and ")}: say which`
      : `${app} has no projection "${name}"${suggestion(name, names)}`,
  })
}

/** The same for a command that needs rows. For a raw projection it throws `why`, with advice. */
export const foldedOf = (app: AppDefinition, name: string, why: string): FoldedProjection => {
  const projection = projectionOf(app, name)
  if (!isRaw(projection)) return projection
  throw new Problem({
    message: `${projection.name} is raw: ${why}. To write it again: leftfold rebuild ${name}`,
  })
}

/** The same for a command about parked events. Throws for a raw projection. */
export const parkingOf = (app: AppDefinition, name: string): FoldedProjection =>
  foldedOf(
    app,
    name,
    "it parks nothing, because it has no keys. A batch that fails holds it up, and is tried " +
      "again by itself: leftfold health says why; correct the program and start it again",
  )

const suggestion = (name: string, names: readonly string[]): string => {
  const near = nearest(name, names.flatMap((each) => [each, each.split(".")[1] ?? each]))
  if (near !== undefined) return `: did you mean "${near}"?`
  return names.length > 0 ? `; it has ${names.join(", ")}` : "; it has none"
}
