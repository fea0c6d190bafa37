/** The commands in a block of shell: their words, and what the document shows as their output. */
import type { Block } from "./blocks.ts"

/** One program of a command line. */
export interface ShellCommand {
  /** The variables that are set in front of it. */
  readonly variables: readonly string[]
  /** The program and its arguments, without quotes. */
  readonly words: readonly string[]
}

/** A line of a block, with those that continue it. */
export interface ShellLine {
  /** Its line in the document, from 1. */
  readonly line: number
  readonly text: string
  /** The programs that it starts, in order; empty for a comment. */
  readonly commands: readonly ShellCommand[]
  /** The lines after it, up to the next command. */
  readonly output: readonly string[]
}

const SINGLE = /'[^']*'/.source
const DOUBLE = /"(?:\\.|[^"\\])*"/.source
const WORD = `(?:\\$\\((?:${SINGLE}|${DOUBLE}|[^()'"])*\\)|${DOUBLE}|${SINGLE}|\\\\.|[^\\s"'|;&>])+`
/** Space, a comment, an operator, or a word. */
const PARTS = new RegExp(`\\s+|(#.*$)|(&&|\\|\\||[|;]|[0-9]*>>?)|(${WORD})`, "gy")
const ASSIGNED = /^([A-Za-z_]\w*)=/

const unquoted = (word: string): string =>
  word.replaceAll(/'([^']*)'|"((?:\\.|[^"\\])*)"/g, (_, single, double) => single ?? double)

/** The programs of a line. Throws for what is no shell, such as a quote without its end. */
export const commandsOf = (text: string): ShellCommand[] => {
  const commands: { variables: string[]; words: string[] }[] = []
  let current = { variables: [] as string[], words: [] as string[] }
  let redirected = false
  const end = () => {
    if (current.variables.length + current.words.length > 0) commands.push(current)
    current = { variables: [], words: [] }
  }
  PARTS.lastIndex = 0
  while (PARTS.lastIndex < text.length) {
    const at = PARTS.lastIndex
    const [part, comment, operator, word] = PARTS.exec(text) ?? []
    if (part === undefined) throw new Error(`this is no shell: ${text.slice(at)}`)
    if (comment !== undefined && (at === 0 || /\s/.test(text[at - 1]!))) break
    if (operator?.includes(">")) redirected = true
    else if (operator) end()
    else if (word !== undefined && redirected) redirected = false
    else if (word !== undefined) {
      const name = ASSIGNED.exec(word)?.[1]
      if (name !== undefined && current.words.length === 0) current.variables.push(name)
      else current.words.push(unquoted(word))
    }
  }
  end()
  return commands
}

/** Whether a line of a block of this kind is a command, and not output. */
const isCommand = ({ language }: Block, text: string, programs: ReadonlySet<string>): boolean => {
  if (!/^\S/.test(text)) return false
  if (language === "sh") return !/^([[{#]|data: )/.test(text)
  return programs.has(/^\S+/.exec(text)![0]) || /^[A-Z][A-Z0-9_]*=/.test(text)
}

/**
 * The lines of a block that are commands. In a block that is not marked as `sh` they begin with
 * `$`, or with one of `programs`.
 */
export const shellLinesOf = (block: Block, programs: ReadonlySet<string>): ShellLine[] => {
  const found: (Omit<ShellLine, "output"> & { readonly output: string[] })[] = []
  const lines = block.code.trimEnd().split("\n")
  const prompted = lines.some((line) => line.startsWith("$ "))
  for (let index = 0; index < lines.length; index++) {
    let text = lines[index]!
    const line = block.line + index
    const isOne = prompted ? text.startsWith("$ ") : isCommand(block, text, programs)
    if (!isOne) {
      found.at(-1)?.output.push(text)
      continue
    }
    if (prompted) text = text.slice(2)
    while (/(\\|\|)$/.test(text) && index + 1 < lines.length) {
      text = `${text.replace(/\s*\\$/, "")} ${lines[++index]!.trim()}`
    }
    found.push({ line, text, commands: commandsOf(text), output: [] })
  }
  return found
}
