/** Rule: a test has a limit of time, so test files take `test` from testing/test.ts. */
import { importsOf } from "./import-statement.ts"
import { type Rule, type Tree, typeScriptOf, type Violation } from "./rule.ts"

const limited = "testing/test.ts"

/** What users get; it depends on published packages only. */
const template = "create-leftfold/template/"

/** Refuses `test` of `node:test` everywhere but where it is given its limit. */
export const tests: Rule = (tree: Tree) => [...unlimitedIn(tree)]

function* unlimitedIn(tree: Tree): Generator<Violation> {
  for (const [path, text] of typeScriptOf(tree)) {
    if (path === limited || path.startsWith(template)) continue
    for (const { specifier, clause, line } of importsOf(text)) {
      if (specifier !== "node:test" || !/\b(test|it)\b/.test(clause)) continue
      const message = `import test from ${limited}: it has a limit of time, and ends by name`
      yield { path, line, rule: "tests", message }
    }
  }
}
