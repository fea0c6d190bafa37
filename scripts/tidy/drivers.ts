/** Rule: packages that talk to the outside are imported by driver files and the gateway only. */
import { importsOf, isRelative, packageOf } from "./import-statement.ts"
import { nameOf, type Rule, topOf, type Tree, typeScriptOf, type Violation } from "./rule.ts"

const isDriver = (name: string): boolean =>
  /^(nats|postgres|msgpackr|hono)$|^@(nats-io|hono)\//.test(name)

/** Refuses drivers outside of `*-nats.ts`, `*-postgres.ts`, `codec.ts` and `gateway/`. */
export const drivers: Rule = (tree: Tree) => {
  const violations: Violation[] = []
  for (const [path, text] of typeScriptOf(tree)) {
    if (mayDrive(path)) continue
    for (const { line, specifier } of importsOf(text)) {
      if (isRelative(specifier) || !isDriver(packageOf(specifier))) continue
      const message = `${specifier} belongs in a *-nats.ts, *-postgres.ts or codec.ts file, ` +
        "or in gateway/; import the port instead"
      violations.push({ path, line, rule: "drivers", message })
    }
  }
  return violations
}

function mayDrive(path: string): boolean {
  if (topOf(path) === "scripts" || path.endsWith(".test.ts")) return true
  if (topOf(path) === "app") return false
  return topOf(path) === "gateway" || /(^codec|-nats|-postgres)\.ts$/.test(nameOf(path))
}
