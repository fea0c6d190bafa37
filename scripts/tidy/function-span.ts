/** The functions of a file, found by the braces and the indentation that `deno fmt` gives them. */

/** Where a function starts and ends: lines counted from 1, both included. */
export interface FunctionSpan {
  readonly from: number
  readonly to: number
}

const control = /^(?:\} )?(?:if|else|for|while|switch|catch|try|do|finally|with)\b/
const typeDeclaration = /^(?:export |default |abstract )*(?:class|interface|type)\b/
const declaration =
  /\bfunction\b.*\{$|^(?:[\w$#]+ )*(?:get |set |\*)?[#\w$[\].]+(?:<.*>)?\(.*\).*(?<=[\w>)\]}"]) \{$/

const indentOf = (line: string): number => line.length - line.trimStart().length

/**
 * Every function, method and arrow with a body of several lines. The lines must be code without
 * comments and strings (see `codeOf`), laid out by `deno fmt`; this does not parse the language.
 */
export function functionsOf(code: readonly string[]): FunctionSpan[] {
  const spans: FunctionSpan[] = []
  for (const [index, line] of code.entries()) {
    if (!line.trimEnd().endsWith("{")) continue
    const start = startOf(code, index)
    if (!isFunction(code, start, index)) continue
    const end = endOf(code, index)
    if (end !== undefined) spans.push({ from: start + 1, to: end + 1 })
  }
  return spans
}

/** The first line of a signature that was broken over several lines and ends at `index`. */
function startOf(code: readonly string[], index: number): number {
  const indent = indentOf(code[index] ?? "")
  let start = index
  while (start > 0 && /^[)}\]>]/.test((code[start] ?? "").trim())) {
    start--
    while (start > 0 && !isAt(code[start] ?? "", indent)) start--
  }
  return start
}

function isFunction(code: readonly string[], start: number, index: number): boolean {
  const first = (code[start] ?? "").trim()
  const last = (code[index] ?? "").trim()
  if (/=>\s*\{$/.test(last)) return true
  if ([first, last].some((line) => control.test(line) || typeDeclaration.test(line))) return false
  if (start === index) return declaration.test(last)
  return last.startsWith(")") &&
    (/\bfunction\b/.test(first) || /^[\w$#* ]+(?:<.*>)?\($/.test(first))
}

function endOf(code: readonly string[], index: number): number | undefined {
  const indent = indentOf(code[index] ?? "")
  const end = code.findIndex((line, at) => at > index && isAt(line, indent) && /^\s*\}/.test(line))
  return end === -1 ? undefined : end
}

const isAt = (line: string, indent: number): boolean =>
  line.trim() !== "" && indentOf(line) === indent
