/** The syntax of a TypeScript file, as Babel's parser reads it. */
import { parse, type ParseResult } from "@babel/parser"

/** A piece of syntax: its kind, where it stands, and its parts by name. */
export interface SyntaxNode {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly loc: {
    readonly start: { readonly line: number }
    readonly end: { readonly line: number }
  }
  readonly [part: string]: unknown
}

/** A token or a comment. A token's type is an object with a label, a comment's is its name. */
interface Token {
  readonly type: string | { readonly label: string }
  readonly start: number
  readonly end: number
}

const parsed = new Map<string, ParseResult>()

/** The syntax tree of a file. A text is parsed once. Throws if it is not TypeScript. */
const fileOf = (text: string): ParseResult => {
  const known = parsed.get(text)
  if (known) return known
  const file = parse(text, {
    sourceType: "module",
    plugins: ["typescript", "explicitResourceManagement"],
    tokens: true,
    errorRecovery: true,
  })
  parsed.set(text, file)
  return file
}

const isNode = (value: unknown): value is SyntaxNode =>
  typeof value === "object" && value !== null && "type" in value && "loc" in value

/** Every piece of syntax of a file, each before its parts. */
export function* nodesOf(text: string): Generator<SyntaxNode> {
  const open: unknown[] = [fileOf(text).program]
  while (open.length > 0) {
    const value = open.pop()
    if (Array.isArray(value)) open.push(...[...value].reverse())
    else if (isNode(value)) {
      yield value
      open.push(...Object.values(value).filter((part) => typeof part === "object").reverse())
    }
  }
}

/** Text and not code: comments, and the contents of strings, templates and patterns. */
const isQuoted = ({ type }: Token): boolean =>
  typeof type === "string" ? /^Comment/.test(type) : /^(string|regexp|template)$/.test(type.label)

const blank = (text: string): string => text.replace(/[^\n]/g, " ")

/**
 * The same text, line for line and column for column, with comments and the contents of strings,
 * templates and regular expressions replaced by blanks, so that a rule finds only real code.
 */
export function codeOf(text: string): string {
  let [code, at] = ["", 0]
  for (const token of (fileOf(text).tokens ?? []) as Token[]) {
    if (!isQuoted(token) || token.start < at) continue
    const quote = typeof token.type === "string" || token.type.label === "template" ? 0 : 1
    code += text.slice(at, token.start + quote) +
      blank(text.slice(token.start + quote, token.end - quote))
    at = token.end - quote
  }
  return code + text.slice(at)
}

/** The lines of a file's comments, each with its number, counted from 1. */
export function* commentsOf(text: string): Generator<[line: number, text: string]> {
  for (const { value, loc } of fileOf(text).comments ?? []) {
    for (const [index, line] of value.split("\n").entries()) {
      yield [(loc?.start.line ?? 1) + index, line.replace(/^\s*\*+ ?/, "").trim()]
    }
  }
}

/** Where a function starts and ends: lines counted from 1, both included. */
export interface FunctionSpan {
  readonly from: number
  readonly to: number
}

const functionTypes = /^(FunctionDeclaration|(Arrow)?FunctionExpression|\w*Method)$/

/** Every function, method and arrow that takes several lines. */
export const functionsOf = (text: string): FunctionSpan[] =>
  [...nodesOf(text)].filter(({ type, body }) => functionTypes.test(type) && isBlock(body))
    .map(({ loc }) => ({ from: loc.start.line, to: loc.end.line }))
    .filter(({ from, to }) => to > from)

const isBlock = (value: unknown): boolean => isNode(value) && value.type === "BlockStatement"
