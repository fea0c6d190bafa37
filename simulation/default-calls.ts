/** Default calls: any public command of any actor, with fields made from its contract's schemas. */
import { Arbitrary, Effect } from "effect"
import { ask } from "../actors/internal.ts"
import type { AppDefinition } from "../app/internal.ts"
import { type AnyContract, type CommandOf, messageOf } from "../contracts/internal.ts"
import { isMap } from "../wire/internal.ts"
import { mix } from "./chance.ts"
import { DEFAULT_CALLS } from "./limits.ts"
import type { Call } from "./simulation-options.ts"

/** Few ids, so that commands meet; the same for all actors, because one often has another's id. */
const IDS = ["a", "b", "c"] as const

/** Numbers on both sides of what handlers compare with. */
const NUMBERS = [1, 2, 0, 3, 5, 10, -1] as const

type Decode = (plain: unknown) => unknown

const fits = (decode: Decode, plain: unknown): boolean => {
  try {
    decode(plain)
    return true
  } catch {
    return false
  }
}

type Path = readonly (string | number)[]

/** The paths of the texts and numbers in a plain value. */
function* leavesOf(value: unknown, path: Path = []): Iterable<[Path, string | number]> {
  if (typeof value === "string" || typeof value === "number") yield [path, value]
  else if (Array.isArray(value)) {
    for (const [index, each] of value.entries()) yield* leavesOf(each, [...path, index])
  } else if (isMap(value)) {
    for (const [name, each] of Object.entries(value)) yield* leavesOf(each, [...path, name])
  }
}

/** A plain value with another leaf at a path. */
const replaced = (value: unknown, [first, ...rest]: Path, leaf: unknown): unknown => {
  if (first === undefined) return leaf
  const copy = (Array.isArray(value) ? [...value] : { ...value as object }) as Record<
    string | number,
    unknown
  >
  copy[first] = replaced(copy[first], rest, leaf)
  return copy
}

/** A plain value whose texts are ids and whose numbers are small, as far as its schema takes it. */
const plainer = (decode: Decode, value: unknown, seed: number): unknown => {
  let result = value
  let drawn = seed
  for (const [path, leaf] of leavesOf(value)) {
    const values = typeof leaf === "string" ? IDS : NUMBERS
    drawn = mix(drawn, path.length)
    const found = values.map((_, index) => values[(drawn + index) % values.length])
      .map((each) => replaced(result, path, each))
      .find((each) => fits(decode, each))
    if (found !== undefined) result = found
  }
  return result
}

/** Reads the plain fields of a message, as its receiver does. */
const decoderOf = ({ codec }: AnyContract, kind: "command" | "event", type: string): Decode =>
  kind === "command"
    ? (plain) => codec.command(type, plain).data
    : (data) => codec.reread({ type, schema: codec.evolution.current(type) ?? 1, data }).data

/** Some values for the fields of a message, the shortest first. */
const valuesOf = (contract: AnyContract, kind: "command" | "event", type: string): object[] => {
  const schema = contract.codec.schemas(kind)[type]!
  const decode = decoderOf(contract, kind, type)
  let sampled: readonly object[]
  try {
    const values = Arbitrary.schema(schema)
    sampled = DEFAULT_CALLS.sizes.flatMap((size) => {
      const options = { count: DEFAULT_CALLS.values, size, seed: type }
      return [...Effect.runSync(Arbitrary.sampleEffect(values, options))]
    })
  } catch (error) {
    const what = `${type} of ${contract.name}`
    throw new TypeError(
      `no fields can be made for ${what} from its schema (${messageOf(error)}): say in calls ` +
        "what is asked",
      { cause: error },
    )
  }
  const found = new Map<string, object>()
  for (const [index, data] of sampled.entries()) {
    const { data: plain } = contract.codec.plain({ kind, type, data })
    const simpler = plainer(decode, plain, index)
    if (fits(decode, simpler)) found.set(JSON.stringify(simpler), decode(simpler) as object)
  }
  return [...found].sort(([one], [other]) => one.length - other.length).map(([, data]) => data)
}

/** Any event of a contract that is followed. */
const happenings = (contract: AnyContract): readonly Call[] =>
  Object.keys(contract.codec.schemas("event")).map((type) => {
    let values: object[] | undefined
    return {
      happens: (pick) => {
        values ??= valuesOf(contract, "event", type)
        const event = { kind: "event", type, data: pick.of(values) } as const
        return { contract, id: pick.of(IDS), event }
      },
    } satisfies Call
  })

/** The calls of a simulation that says none. */
export const defaultCalls = (
  { actors, follows }: Pick<AppDefinition, "actors" | "follows">,
): readonly Call[] => [
  ...actors.flatMap(({ contract }) =>
    Object.keys(contract.codec.schemas("command"))
      .filter((type) => !contract.internal.has(type))
      .map((type) => {
        let values: object[] | undefined
        return {
          ask: (pick) => {
            values ??= valuesOf(contract, "command", type)
            const command = { kind: "command", type, data: pick.of(values) }
            return ask(contract, pick.of(IDS), command as CommandOf<AnyContract>)
          },
        } satisfies Call
      })
  ),
  ...follows.flatMap(happenings),
]
