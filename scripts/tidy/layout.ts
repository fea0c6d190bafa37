/** Rule: the top level holds only known entries, and every name is kebab-case. */
import { type Rule, topOf, type Tree, type Violation } from "./rule.ts"

const folders = new Set([
  ...["contracts", "wire", "actors", "projections", "gateway", "app", "simulation", "cli"],
  ...["testing", "examples", "scripts", "docs", "create-leftfold", ".ci"],
])

const files = new Set([
  ...["package.json", "package-lock.json", "deno.json", "tsconfig.json"],
  ...["README.md", "LICENSE", "CHANGELOG.md"],
  ...["compose.yaml", ".gitignore", ".gitattributes", ".npmrc"],
])

/** The name of a systemd unit with instances ends in "@". */
const kebab = /^[a-z0-9]+(-[a-z0-9]+)*@?(\.[a-z0-9]+(-[a-z0-9]+)*)*$/

/** Refuses unknown top-level entries and names that are not kebab-case. */
export const layout: Rule = (tree: Tree) => {
  const violations: Violation[] = []
  for (const path of tree.keys()) {
    const message = problemOf(path)
    if (message !== undefined) violations.push({ path, line: 1, rule: "layout", message })
  }
  return violations
}

function problemOf(path: string): string | undefined {
  const [top, ...rest] = path.split("/")
  if (rest.length === 0) {
    if (files.has(path)) return undefined
    return "this file is not part of the top level; move it into the folder of its concept"
  }
  if (!folders.has(topOf(path))) {
    return `the folder ${top} is not part of the design; use one of ${[...folders].join(", ")}`
  }
  const wrong = rest.find((part) =>
    !kebab.test(part) && !/^(Dockerfile(\.dockerignore)?|README\.md)$/.test(part)
  )
  return wrong === undefined ? undefined : `${wrong} is not kebab-case; rename it`
}
