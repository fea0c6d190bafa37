/** Tests of derived names: accepted definitions never share a derived name, and each name fits. */
import assert from "node:assert/strict"
import { test } from "../testing/test.ts"
import { Schema } from "effect"
import { Actor, Policy } from "../actors/internal.ts"
import { Contract } from "../contracts/internal.ts"
import { type AnyProjection, isRaw, Projection } from "../projections/internal.ts"
import {
  indexDefinition,
  rawTableName,
  schemaOf,
  stableName,
  stableRawName,
  tableName,
} from "../projections/postgres/view-sql.ts"
import * as address from "../wire/address.ts"
import { App } from "./mod.ts"

const actorOf = (name: string) => {
  const contract = Contract.define(name, { commands: {}, events: { Begun: {} } })
  return Actor.define(contract, { initial: 0, decide: {}, evolve: { Begun: (state) => state } })
}

const source = actorOf("source.actor")
const row = { id: Schema.String, count: Schema.Int, size: Schema.Int }

const folded = (name: string) =>
  Projection.define(name, {
    from: [source.contract],
    row,
    key: "id",
    indexes: ["count", ["count", "size"], { columns: ["size"], unique: true }],
    on: {},
  })

const raw = (name: string, tables: readonly [string, ...string[]] = ["seen", "seen_by"]) => {
  const make = () => "create table"
  const onBatch = () => Promise.resolve()
  return Projection.raw(name, { from: [source.contract], tables, make, onBatch })
}

/** An application's parts with one definition of this name, by kind. */
const PARTS = {
  folded: (name: string) => ({ projections: [folded(name)] }),
  raw: (name: string) => ({ projections: [raw(name)] }),
  actor: (name: string) => ({ actors: [actorOf(name)] }),
  policy: (name: string) => ({
    policies: [Policy.define(name, { from: [source.contract], on: {} })],
  }),
}

type Kind = keyof typeof PARTS

/** The relations of a projection in Postgres, for generation numbers of each length. */
const relationsOf = (projection: AnyProjection): string[] => {
  const numbers = [1, 7, 10, 42, 999, 123_456, 2_000_000_000]
  const schema = schemaOf(projection)
  if (isRaw(projection)) {
    return projection.tables.flatMap((table) => [
      stableRawName(projection, table),
      ...numbers.map((number) => rawTableName(projection, table, number)),
    ])
  }
  return [
    stableName(projection),
    ...numbers.flatMap((number) => [
      tableName(projection, number),
      ...projection.indexes.map((index) => {
        return `${schema}."${indexDefinition(projection, number, index).name}"`
      }),
    ]),
  ]
}

/** The names that NATS and Postgres use for a part of this kind, without those of its context. */
const ownNames = (kind: Kind, name: string): string[] => {
  if (kind === "folded") return [...relationsOf(folded(name)), address.progressSubject(name)]
  if (kind === "raw") return [...relationsOf(raw(name)), address.progressSubject(name)]
  if (kind === "policy") {
    return [
      address.durableName(address.policySubscription(name)),
      address.timerSubject(name, "k"),
      address.dueTimerSubject(name, "k"),
    ]
  }
  return [
    address.commandSubject(name, "i", "C"),
    address.logSubject(name, "i"),
    address.snapshotSubject(name, "i"),
    address.querySubject(name),
    address.querySubject(address.historyName(name)),
  ]
}

/** The names that belong to a part's context. */
const contextNames = (name: string): string[] => {
  const context = name.slice(0, name.indexOf("."))
  return [
    address.streamName(context),
    address.snapshotStreamName(context),
    address.timerStreamName(context),
    address.skipsSubject(context, 1),
    schemaOf({ context }),
  ]
}

const isAccepted = (define: () => unknown): boolean => {
  try {
    define()
    return true
  } catch (error) {
    assert.ok(error instanceof TypeError, String(error))
    return false
  }
}

/** Pseudorandom numbers from a seed, so that a failure can be repeated. */
const numbersOf = (seed: number) => (below: number): number => {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
  return Math.floor((seed / 2 ** 32) * below)
}

/** Turns the name of a table or index into a local name that a definition may accept. */
const asLocal = (relation: string): string =>
  relation.slice(relation.indexOf(".") + 1).replaceAll('"', "").replaceAll(/_| by |, /g, "-")

const nameBy = (number: (below: number) => number): string => {
  const pieces = ["a", "b", "-", "--", "-3", "-1", "--3", "-seen", "pg", "public", "at", "due", "x"]
  const some = (count: number) =>
    Array.from({ length: count }, () => pieces[number(pieces.length)]).join("")
  const long = () => "a".repeat(60 + number(5))
  const local = [
    () => some(1 + number(4)),
    () => `${long()}${some(number(3))}`.slice(0, 64),
  ][number(2)]!()
  const context = [() => "a", () => "a-b", () => some(2), long][number(4)]!()
  return `${context}.${local}`
}

test("two accepted parts share no derived name, and every derived name fits", () => {
  const number = numbersOf(20_261_128)
  const kinds = Object.keys(PARTS) as Kind[]
  let accepted = 0
  for (let tries = 0; tries < 3_000; tries++) {
    const [kind, otherKind] = [kinds[number(4)]!, kinds[number(4)]!]
    const first = nameBy(number)
    if (!isAccepted(() => PARTS[kind](first))) continue
    const own = ownNames(kind, first)
    const [context, local] = first.split(".")
    const name = [
      () => nameBy(number),
      () => `${context}.${local}${["-", "-a", "--3", "a"][number(4)]}`,
      () => `${context}.${asLocal(own[0]!)}`,
      () => `${context}.${asLocal(own[number(own.length)]!)}`,
    ][number(4)]!()
    const define = () =>
      App.define("x", {
        actors: [source],
        contexts: [PARTS[kind](first), PARTS[otherKind](name)],
      })
    if (!isAccepted(define)) continue
    accepted++
    const names = [...own, ...ownNames(otherKind, name)]
    const contexts = [...new Set([first, name].map((each) => each.split(".")[0]!))]
    names.push(...contexts.flatMap((context) => contextNames(`${context}.x`)))
    assert.equal(new Set(names).size, names.length, `${kind} ${first}, ${otherKind} ${name}`)
    for (const each of names.filter((name) => name.startsWith('"'))) {
      for (const part of each.split('"."')) {
        assert.ok(part.replaceAll('"', "").length <= 63, each)
      }
      assert.ok(!/^"(pg_|public"|information_schema"|leftfold)/.test(each), each)
    }
    assert.ok(names.every((each) => each.length <= 400), "a subject or a name is too long")
  }
  assert.ok(accepted > 400, `${accepted} pairs were accepted`)
})

test("a name equal to the shortened name of another is refused, and both are named", () => {
  const long = `a.${"b".repeat(63)}c`
  const alike = `a.${asLocal(stableName(folded(long)))}`
  for (const other of [folded(alike), folded(long)]) assert.ok(other.name.length > 60)
  assert.throws(
    () => App.define("x", { actors: [source], projections: [folded(long), folded(alike)] }),
    (error: Error) => {
      const both = `${long} and ${alike} would both have the table or index in the schema a "b`
      return error instanceof TypeError && error.message.startsWith(both) &&
        error.message.endsWith("rename one of them")
    },
  )
})
