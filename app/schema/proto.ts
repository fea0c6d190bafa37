/** The Protobuf files of an application: the numbers of its messages, and `.proto` files. */
import { mkdir, readFile, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import {
  type AnyContract,
  messageOf,
  numbered,
  type ProtobufNumbers,
  type ProtobufShape,
  shapeOfFields,
} from "../../contracts/internal.ts"
import { decodeOwn, encodeText } from "../../wire/internal.ts"
import type { AppDefinition } from "../app.ts"
import { OWN_PROTO, OWN_PROTO_PATH } from "./own-proto.ts"
import { protoPath, protoText } from "./proto-text.ts"

/** Files by their path in the folder. */
export type ProtoFiles = ReadonlyMap<string, string>

const BUF = `version: v2
lint:
  use:
    - STANDARD
breaking:
  use:
    - WIRE
`

const KINDS = ["command", "event", "rejection"] as const

const LABELS = { command: "A command.", event: "An event.", rejection: "A rejection." } as const

/** The path of the numbers of a contract. */
const numbersPath = (name: string): string => `${name}.ts`

/** A module: its JSON is in a text, which no formatter changes and every runtime loads alike. */
const numbersText = (contract: string, { messages }: ProtobufNumbers): string => {
  const all = Object.entries(messages).map(([name, { form, tag, fields }]) => {
    const head = Object.entries({ form, tag })
      .flatMap(([key, value]) =>
        value === undefined ? [] : [`"${key}": ${JSON.stringify(value)}, `]
      )
    const lines = fields.map((field) => `        ${JSON.stringify(field)}`).join(",\n")
    const list = lines === "" ? "[]" : `[\n${lines}\n      ]`
    return `    ${JSON.stringify(name)}: { ${head.join("")}"fields": ${list} }`
  })
  const json = `{\n  "messages": {\n${all.join(",\n")}\n  }\n}`
    .replaceAll("`", "\\u0060").replaceAll("$", "\\u0024")
  const what = `the Protobuf numbers of ${contract}, written by leftfold schema proto: do not edit`
  return `/** T${what.slice(1)}. */\n` +
    `export const numbers = JSON.parse(String.raw\`${json}\`)\n`
}

/** The numbers of a contract as it is today, added to those it had. Throws `TypeError`. */
const numbersToday = (
  { codec }: AnyContract,
  before: ProtobufNumbers,
): { readonly numbers: ProtobufNumbers; readonly shapes: ProtobufShape } => {
  let numbers = before
  const shapes = new Map<string, ProtobufShape extends ReadonlyMap<string, infer M> ? M : never>()
  for (const kind of KINDS) {
    for (const [type, schema] of Object.entries(codec.schemas(kind))) {
      const shape = shapeOfFields(schema, type)
      const version = kind === "event" ? codec.evolution.current(type) ?? 1 : 1
      numbers = numbered(numbers, shape, version)
      for (const [name, message] of shape) shapes.set(name, message)
    }
  }
  return { numbers, shapes }
}

const labelsOf = ({ codec, internal }: AnyContract): ReadonlyMap<string, string> =>
  new Map(KINDS.flatMap((kind) =>
    Object.keys(codec.schemas(kind)).map((type) => {
      const version = codec.evolution.current(type) ?? 1
      const about = internal.has(type)
        ? "A command that only the system sends."
        : kind === "event" && version > 1
        ? `An event, version ${version}.`
        : LABELS[kind]
      return [type, about] as const
    })
  ))

/** The files of an application, from those there are in the folder. Throws `TypeError`. */
export const protoFiles = (app: AppDefinition, before: ProtoFiles): ProtoFiles => {
  const files = new Map<string, string>([["buf.yaml", BUF], [OWN_PROTO_PATH, OWN_PROTO]])
  for (const { contract } of app.actors) {
    const path = numbersPath(contract.name)
    const { numbers, shapes } = numbersToday(contract, numbersOf(before.get(path), path))
    files.set(path, numbersText(contract.name, numbers))
    files.set(protoPath(contract), protoText(contract, numbers, shapes, labelsOf(contract)))
  }
  return files
}

const numbersOf = (text: string | undefined, path: string): ProtobufNumbers => {
  if (text === undefined) return { messages: {} }
  try {
    const json = text.slice(text.indexOf("`") + 1, text.lastIndexOf("`"))
    // A message that a merge has left there twice would lose the numbers of the first one.
    return decodeOwn("json", encodeText(json)) as ProtobufNumbers
  } catch (error) {
    throw new TypeError(
      `${path} holds no JSON: ${messageOf(error)}. Restore it as it was committed`,
    )
  }
}

const readIfThere = async (path: string): Promise<string | undefined> => {
  try {
    return await readFile(path, "utf8")
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return undefined
    throw error
  }
}

/** Reads the files that an application has in a folder. */
export const readProtoFiles = async (app: AppDefinition, folder: string): Promise<ProtoFiles> => {
  const contracts = app.actors.map(({ contract }) => contract)
  const paths = [
    "buf.yaml",
    OWN_PROTO_PATH,
    ...contracts.flatMap((contract) => [numbersPath(contract.name), protoPath(contract)]),
  ]
  const files = new Map<string, string>()
  for (const path of paths) {
    const text = await readIfThere(join(folder, path))
    if (text !== undefined) files.set(path, text)
  }
  return files
}

/** Writes files into a folder. */
export const writeProtoFiles = async (folder: string, files: ProtoFiles): Promise<void> => {
  for (const [path, text] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
}
