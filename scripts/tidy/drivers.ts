/** Rule: packages that talk to the outside are imported by driver files and the gateway only. */
import { importsOf, isRelative, packageOf } from "./import-statement.ts"
import {
  isTest,
  nameOf,
  type Rule,
  topOf,
  type Tree,
  typeScriptOf,
  type Violation,
} from "./rule.ts"

const isDriver = (name: string): boolean => /^(nats|postgres|hono)$|^@(nats-io|hono)\//.test(name)

/** Rooms that test the framework; they speak to servers like anybody else. */
const free = new Set(["scripts", "testing"])

/** Routes of an application's own are made with Hono. */
const isHttp = (name: string): boolean => /^hono$|^@hono\//.test(name)

/** Refuses drivers outside of files and folders that are named after them, and of `gateway/`. */
export const drivers: Rule = (tree: Tree) => {
  const violations: Violation[] = []
  for (const [path, text] of typeScriptOf(tree)) {
    if (mayDrive(path)) continue
    for (const { line, specifier } of importsOf(text)) {
      if (isRelative(specifier) || !isDriver(packageOf(specifier))) continue
      if (topOf(path) === "examples" && isHttp(packageOf(specifier))) continue
      const message = `${specifier} belongs in a *-nats.ts, *-postgres.ts or codec.ts file, ` +
        "in a folder nats/ or postgres/, or in gateway/; import the port instead"
      violations.push({ path, line, rule: "drivers", message })
    }
  }
  return violations
}

function mayDrive(path: string): boolean {
  if (free.has(topOf(path)) || isTest(path)) return true
  return /(^|\/)(gateway|nats|postgres)\//.test(path) ||
    /(-nats|-postgres)\.ts$/.test(nameOf(path))
}
