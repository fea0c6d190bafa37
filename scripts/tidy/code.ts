/** The code of a TypeScript file without its comments and the contents of its strings. */

/** What to keep besides the code itself. */
export interface CodeOptions {
  /** Keep the contents of strings, as the paths of imports need it. Default: false. */
  readonly strings?: boolean
}

const tokens = [
  /\/\/[^\n]*|\/\*[\s\S]*?\*\//, // A comment.
  /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/, // A string.
  /[`{}]/, // What opens and closes templates, and what they compute.
  /\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[dgimsuvy]*/, // A regular expression.
]
const token = new RegExp(tokens.map(({ source }) => source).join("|"), "gy")

// A slash opens a regular expression only where a value may begin; elsewhere it divides.
const beforeValue = /(?:^|[=(,:[!&|?{};+\-*%<>~^]|\b(?:return|typeof|case|in|of|yield|await))\s*$/

const blank = (text: string): string => text.replace(/[^\n]/g, " ")

/** The end of a template's literal part that starts at `from`: at a backtick or at `${`. */
function endOfTemplatePart(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    if (text[at] === "\\") at++
    else if (text[at] === "`" || text.startsWith("${", at)) return at
  }
  return text.length
}

/**
 * The same text, line for line and column for column, with comments and the contents of strings,
 * templates and regular expressions replaced by blanks, so that a rule finds only real code.
 */
export function codeOf(text: string, options: CodeOptions = {}): string {
  const scanner = new Scanner(text, options.strings ?? false)
  return scanner.scan()
}

class Scanner {
  /** One entry per open brace: true where the brace returns into a template when it closes. */
  readonly #braces: boolean[] = []
  readonly #text: string
  readonly #keepStrings: boolean
  #out = ""
  #at = 0

  constructor(text: string, keepStrings: boolean) {
    this.#text = text
    this.#keepStrings = keepStrings
  }

  scan(): string {
    while (this.#at < this.#text.length) {
      token.lastIndex = this.#at
      const found = token.exec(this.#text)?.[0]
      if (found === undefined || !this.#isToken(found)) this.#emit(this.#text[this.#at] ?? "")
      else this.#take(found)
    }
    return this.#out
  }

  #emit(text: string): void {
    this.#out += text
    this.#at += text.length
  }

  #isToken(found: string): boolean {
    const isPattern = found.startsWith("/") && !found.startsWith("//") && !found.startsWith("/*")
    return !isPattern || beforeValue.test(this.#out.slice(-40))
  }

  #take(found: string): void {
    const first = found[0]
    if (first === "/") this.#skip(found)
    else if (first === "`") this.#template()
    else if (first === "{") this.#open(found)
    else if (first === "}") this.#close()
    else if (this.#keepStrings) this.#emit(found)
    else this.#skip(found)
  }

  #skip(found: string): void {
    const isComment = found.startsWith("//") || found.startsWith("/*")
    const body = isComment
      ? blank(found)
      : (found[0] ?? "") + blank(found.slice(1, -1)) + found.slice(-1)
    this.#out += body
    this.#at += found.length
  }

  #open(found: string): void {
    this.#braces.push(false)
    this.#emit(found)
  }

  #close(): void {
    this.#emit("}")
    if (this.#braces.pop() === true) this.#templatePart()
  }

  #template(): void {
    this.#emit("`")
    this.#templatePart()
  }

  #templatePart(): void {
    const end = endOfTemplatePart(this.#text, this.#at)
    const part = this.#text.slice(this.#at, end)
    this.#out += this.#keepStrings ? part : blank(part)
    this.#at = end
    if (this.#text[end] === "`") this.#emit("`")
    else if (end < this.#text.length) {
      this.#emit("${")
      this.#braces.push(true)
    }
  }
}

/** The line, counted from 1, that an offset of a text is on. */
export function lineAt(text: string, offset: number): number {
  let line = 1
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) {
    line++
  }
  return line
}
