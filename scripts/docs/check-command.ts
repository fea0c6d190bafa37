/** What is wrong with a command of a document, as far as that shows without running it. */
import type { ShellCommand } from "./shell.ts"

/** The facts about the project that a command must fit. */
export interface Known {
  /** The texts of the repository, by path. */
  readonly files: ReadonlyMap<string, string>
  /** The scripts of this repository, by name, and of an application that was just created. */
  readonly scripts: Readonly<Record<string, string>>
  readonly appScripts: Readonly<Record<string, string>>
  /** What `leftfold … --help` prints. */
  readonly help: (words: readonly string[]) => Promise<string>
  /** The paths of the shop's OpenAPI, such as `/orders/order/{id}`, with their methods. */
  readonly paths: Readonly<Record<string, object>>
  /** The text of the document. */
  readonly page: string
}

type Check = (
  words: readonly string[],
  known: Known,
) => string | undefined | Promise<string | undefined>

const isFlag = (word: string): boolean => /^--?[a-z]/i.test(word)
const nameOf = (flag: string): string => flag.replace(/^-+/, "").replace(/=.*$/, "")

/** A flag is known if a file next to the script has its name: `"only"`, `only:`, or `--only`. */
const checkScript = (name: string, rest: readonly string[], known: Known): string | undefined => {
  const script = known.scripts[name]
  if (script === undefined) {
    return known.appScripts[name] === undefined ? `there is no script ${name}` : undefined
  }
  const main = /(\S+)\.ts\b/.exec(script)?.[0] ?? ""
  const folder = main.replace(/[^/]+$/, "")
  const texts = [...known.files].filter(([path]) => path.startsWith(folder)).map(([, text]) => text)
  const after = rest.includes("--") ? rest.slice(rest.indexOf("--") + 1) : []
  for (const flag of after.filter(isFlag).map(nameOf)) {
    const said = new RegExp(`"${flag}"|\\b${flag}\\??:|--${flag}\\b`)
    if (!texts.some((text) => said.test(text))) return `npm run ${name} has no flag --${flag}`
  }
  const [first] = after
  if (first === undefined || isFlag(first) || first.includes("/")) return undefined
  return known.files.get(main)?.includes(first) ||
      [...known.files.keys()].some((path) => path.startsWith(`${first}/`))
    ? undefined
    : `npm run ${name} knows no ${first}`
}

const npm: Check = ([, verb = "", ...rest], known) => {
  if (verb === "run") return checkScript(rest[0] ?? "", rest.slice(1), known)
  if (verb === "test" || verb === "start") return checkScript(verb, rest, known)
  return ["ci", "install", "create"].includes(verb) ? undefined : `npm ${verb} is not known here`
}

const routeOf = (path: string): RegExp =>
  new RegExp(`^${path.replaceAll(/[.*+?^$()|[\]\\]/g, "\\$&").replaceAll(/\{\w+\}/g, "[^/]+")}$`)

/** Whether the shop, or an application that the page defines, has this route. */
const hasRoute = (method: string, path: string, { paths, page }: Known): boolean =>
  ["/openapi.json", "/metrics"].includes(path) ||
  Object.entries(paths).some(([each, methods]) => routeOf(each).test(path) && method in methods) ||
  page.includes(`Contract.define("${path.split("/").slice(1, 3).join(".")}"`) ||
  page.includes(`.define("${path.split("/").slice(1).join(".")}"`) ||
  page.includes(`.define("${path.split("/").slice(1, 3).join(".")}"`)

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return text.includes("…")
  }
}

const curl: Check = (words, known) => {
  const url = words.find((word) => /^(https?:|localhost:|\$)/.test(word))
  if (url === undefined) return "curl is given no URL"
  const body = words[words.findIndex((word) => /^(-d|--data)/.test(word)) + 1]
  const sends = words.some((word) => /^(-d|--data)/.test(word))
  const method = words.includes("-X") ? words[words.indexOf("-X") + 1]! : sends ? "POST" : "GET"
  const path = url.replace(/^(https?:\/\/)?[^/]+/, "").replace(/\?.*$/, "")
  if (!hasRoute(method.toLowerCase(), path, known)) return `the shop has no ${method} ${path}`
  return sends && body !== "@-" && !isJson(body!) ? `this is no JSON: ${body}` : undefined
}

const nats: Check = (words, known) => {
  const subject = words.find((word) => /^(cmd|qry)\./.test(word))
  const parts = subject?.split(".") ?? []
  const path = `/${parts.slice(1).join("/")}`
  if (parts[0] === "cmd" && !hasRoute("post", path, known)) return `there is no command ${subject}`
  const payload = words.at(-1)!
  return isJson(payload) ? undefined : `this is no JSON: ${payload}`
}

/** How many arguments a usage line asks for, at least and at most. */
const arityOf = (help: string): readonly [number, number] => {
  const usage = /USAGE\n\s*(.*)/.exec(help)?.[1] ?? ""
  const most = (usage.match(/<[^>]+>/g) ?? []).length
  return [most - (usage.match(/\[<[^>]+>/g) ?? []).length, usage.includes("...") ? Infinity : most]
}

const leftfold: Check = async ([, ...words], known) => {
  const path: string[] = []
  let help = await known.help(path)
  while (words[0] && new RegExp(`SUBCOMMANDS[^]*?^ {2}${words[0]} `, "m").test(help)) {
    path.push(words.shift()!)
    help = await known.help(path)
  }
  const name = ["leftfold", ...path].join(" ")
  if (help.includes("SUBCOMMANDS")) return `${name} has no command ${words[0]}`
  let given = 0
  for (let index = 0; index < words.length; index++) {
    const word = words[index]!
    if (!isFlag(word)) given++
    else {
      const line = new RegExp(`^ +--${nameOf(word)}\\b(?:, -\\w)?( \\S+)?`, "m").exec(help)
      if (!line) return `${name} has no flag ${word}`
      if (line[1] !== undefined && !word.includes("=")) index++
    }
  }
  const [least, most] = arityOf(help)
  if (given < least || given > most) {
    return `${name} takes ${least} to ${most} arguments, not ${given}`
  }
  const [contract = "", , command = ""] = words
  const said = path[0] === "ask" || path[0] === "would"
  const asked = `/${contract.replace(".", "/")}/x/${command}`
  return said && !hasRoute("post", asked, known)
    ? `${contract} has no command ${command}`
    : undefined
}

const npx: Check = (words, known) => {
  const [, program = ""] = words
  if (program === "leftfold") return leftfold(words.slice(1), known)
  return ["esbuild", "deno", "create-leftfold"].some((each) => words.includes(each))
    ? undefined
    : `npx ${program} is not known here`
}

/** Programs of others: only the files that they are given are looked at. */
const foreign: Check = () => undefined

const CHECKS: Readonly<Record<string, Check>> = {
  npm,
  npx,
  curl,
  nats,
  leftfold,
  ...Object.fromEntries(
    ["cd", "deno", "docker", "git", "grep", "mkdir", "node", "openssl", "printf", "prometheus"]
      .concat("protoc", "psql")
      .map((program) => [program, foreign]),
  ),
}

/** The programs that are known. */
export const PROGRAMS: ReadonlySet<string> = new Set(Object.keys(CHECKS))

/** A path into this repository exists, or the reader of the page writes it. */
const missingFile = (words: readonly string[], { files, page }: Known): string | undefined => {
  const [file] = words.filter((word) =>
    /^(actors|app|cli|docs|examples|projections|scripts|wire)\/[\w./-]+$/.test(word) &&
    !files.has(word) && ![...files.keys()].some((path) => path.startsWith(`${word}/`)) &&
    !page.includes(`\`${word}/`)
  )
  return file && `there is no ${file}`
}

/** A variable is known if code reads it, or the page uses what it sets. OTEL_ are not ours. */
const unknownVariable = (names: readonly string[], { files, page }: Known): string | undefined => {
  const [name] = names.filter((each) =>
    !each.startsWith("OTEL_") && !page.includes(`$${each}`) &&
    ![...files].some(([path, text]) =>
      /(?<!\.test)\.(ts|sh|sql|conf)$/.test(path) && text.includes(each)
    )
  )
  return name && `nothing reads ${name}`
}

/** What is wrong with a command; undefined if nothing is. */
export const checkCommand = async (
  { variables, words }: ShellCommand,
  known: Known,
): Promise<string | undefined> => {
  const [program] = words
  const check = program === undefined ? foreign : CHECKS[program]
  if (!check) return `scripts/docs/check-command.ts has no check for ${program}`
  return await check(words, known) ?? missingFile(words, known) ?? unknownVariable(variables, known)
}
