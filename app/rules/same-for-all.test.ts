/** Tests of SQL that ignores the user: it is refused, unless the rule of its query says so. */
import assert from "node:assert/strict"
import { Schema } from "effect"
import { Query } from "../../contracts/internal.ts"
import { type AnyQueryHandler, QueryHandler } from "../../projections/internal.ts"
import { test } from "../../testing/test.ts"
import { NoteList, parts, rules, users } from "../fixtures/desk.ts"
import { anybody, App, type ContextParts, nobody, Rules } from "../mod.ts"

test("SQL that ignores the user is refused, and does not compile, unless its rule says so", () => {
  const Sum = Query.define("desk.sum", { params: {}, result: Schema.Int })
  const sql = () => Promise.resolve(1)
  const same = QueryHandler.define(Sum, { from: [NoteList], sql })
  const perUser = QueryHandler.define(Sum, {
    from: [NoteList],
    sql: (_params, _tools, user) => Promise.resolve(user?.id.length ?? 0),
  })
  const { queries, ...others } = parts
  const about = { ...others, users }
  const ignores = /^TypeError: the SQL of the query desk\.sum ignores the user.*sameForAll: true/
  const careless = Rules.query(Sum, ({ user }) => user.id !== "bob")
  const careful = Rules.query(Sum, ({ user }) => user.id !== "bob", { sameForAll: true })
  const wrong = { ...about, queries: [...queries, same], rules: [...rules, careless] }
  // @ts-expect-error: the SQL ignores the user
  assert.throws(() => App.define("desk", wrong), ignores)
  // The same in a context.
  const context = { queries: [same], rules: [careless] } satisfies ContextParts
  const whole = { ...about, queries, rules, contexts: [context] }
  // @ts-expect-error: the SQL ignores the user
  assert.throws(() => App.define("desk", whole), ignores)
  // What forgets types is refused as well.
  const loose: readonly AnyQueryHandler[] = [same]
  const forgets = { ...about, queries: [...queries, ...loose] }
  // @ts-expect-error: the name of the query is not known
  assert.throws(() => App.define("desk", { ...forgets, rules: [...rules, careless] }), ignores)
  const rest = QueryHandler.define(Sum, {
    from: [NoteList],
    sql: (...given: readonly unknown[]) => Promise.resolve(given.length),
  })
  const hidden = { ...wrong, queries: [...queries, rest] }
  // @ts-expect-error: nothing shows that it takes the user
  assert.throws(() => App.define("desk", hidden), ignores)
  for (const rule of [careful, Rules.query(Sum, anybody), Rules.query(Sum, nobody)]) {
    App.define("desk", { ...about, queries: [...queries, same], rules: [...rules, rule] })
  }
  // A rule that stands in the list itself says the same.
  const inline = {
    queries: [...queries, same],
    rules: [...rules, Rules.query(Sum, anybody)],
  } satisfies ContextParts
  App.define("desk", { ...about, ...inline })
  App.define("desk", { ...about, queries: [...queries, perUser], rules: [...rules, careless] })
  assert.throws(
    () =>
      App.define("desk", { ...about, queries: [...queries, perUser], rules: [...rules, careful] }),
    /the rule for the query desk\.sum says sameForAll, and its answers depend on the user/,
  )
  // @ts-expect-error: no such word
  assert.throws(() => Rules.query(Sum, anybody, { sameForAl: true }), /did you mean "sameForAll"/)
  // Without users nobody is known, and nothing has to be said.
  App.define("desk", { ...others, queries: [...queries, same] })
})
