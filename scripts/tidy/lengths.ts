/** Rule: a file, a line and a function are each short enough to be read in one go. */
import { isTest, type Rule, type Tree, typeScriptOf, type Violation } from "./rule.ts"
import { codeOf, functionsOf } from "./syntax.ts"

/** The longest file, in lines; longer ones fail. */
const maxFileLines = 500
/** The longest file that is not warned about, in lines. */
const wantedFileLines = 300
/** The longest line, in columns. */
const maxColumns = 100
/** The longest function, in lines with its signature and its closing brace. */
const maxFunctionLines = 70

/** Refuses what is too long, and warns about what soon will be. */
export const lengths: Rule = (tree: Tree) => {
  const violations: Violation[] = []
  for (const [path, text] of typeScriptOf(tree)) {
    violations.push(...fileLength(path, text), ...lineLengths(path, text))
    violations.push(...functionLengths(path, text))
  }
  return violations
}

function fileLength(path: string, text: string): Violation[] {
  const lines = text.replace(/\n$/, "").split("\n").length
  if (lines <= wantedFileLines) return []
  const message = `the file has ${lines} lines; split it into one noun per file`
  const warning = lines <= maxFileLines
  return [{ path, line: lines, rule: "lengths", message, warning }]
}

function* lineLengths(path: string, text: string): Generator<Violation> {
  for (const [index, line] of text.split("\n").entries()) {
    const columns = [...line].length
    // An address cannot be broken over two lines.
    if (columns <= maxColumns || /https?:\/\//.test(line)) continue
    const message = `the line has ${columns} columns; the limit is ${maxColumns}`
    yield { path, line: index + 1, rule: "lengths", message }
  }
}

function* functionLengths(path: string, text: string): Generator<Violation> {
  const code = codeOf(text).split("\n")
  for (const { from, to } of functionsOf(text)) {
    const lines = to - from + 1
    if (lines <= maxFunctionLines) continue
    // A function that groups tests is as long as they are; each test is measured by itself.
    if (isTest(path) && code.slice(from, to).some((line) => callsTest.test(line))) continue
    const message = `the function has ${lines} lines; the limit is ${maxFunctionLines}: split it`
    yield { path, line: from, rule: "lengths", message }
  }
}

const callsTest = /^\s*(describe|test|it)\(/
