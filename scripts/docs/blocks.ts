/** The blocks of code of a document: fenced ones, and indented ones. */

/** One block. */
export interface Block {
  /** The document, such as `docs/calling.md`. */
  readonly path: string
  /** The line on which the code begins, from 1. */
  readonly line: number
  /** What stands after the fence, such as `ts`; empty for a fence without it. */
  readonly language: string
  /** Whether the block is indented instead of fenced. */
  readonly indented: boolean
  readonly code: string
}

const FENCE = /^```\s*(.*?)\s*$/
const INDENTED = /^ {4}(?=\S)/

/** The blocks of a document, in order. An indented paragraph of a list is left out. */
export const blocksOf = (path: string, text: string): Block[] => {
  const blocks: Block[] = []
  let open: { line: number; language: string; indented: boolean; lines: string[] } | undefined
  const end = () => {
    if (open) blocks.push({ path, ...open, code: open.lines.join("\n") + "\n" })
    open = undefined
  }
  let inList = false
  const lines = text.split("\n")
  for (const [index, line] of lines.entries()) {
    const fence = FENCE.exec(line)
    if (open && !open.indented) {
      if (fence) end()
      else open.lines.push(line)
    } else if (fence) {
      end()
      open = { line: index + 2, language: fence[1]!, indented: false, lines: [] }
    } else if (open) {
      if (/^ {4}/.test(line)) open.lines.push(line.slice(4))
      else end()
    } else if (INDENTED.test(line) && !inList && lines[index - 1] === "") {
      open = { line: index + 1, language: "", indented: true, lines: [line.slice(4)] }
    }
    if (/^([-*]|\d+\.) /.test(line)) inList = true
    else if (/^\S/.test(line)) inList = false
  }
  end()
  return blocks
}
