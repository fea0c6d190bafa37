/** Tests of the checks that `App.define` makes. */
import assert from "node:assert/strict"
import { test } from "../testing/test.ts"
import { Schema } from "effect"
import { Actor, Policy } from "../actors/internal.ts"
import { Contract, Query } from "../contracts/internal.ts"
import { Projection, QueryHandler } from "../projections/internal.ts"
import { withinContexts } from "./app.ts"
import { App } from "./mod.ts"

const define = (name: string) => {
  const contract = Contract.define(name, {
    commands: { Begin: {} },
    events: { Begun: { at: Schema.Int } },
  })
  const actor = Actor.define(contract, {
    initial: 0,
    decide: { Begin: () => contract.events.Begun({ at: 1 }) },
    evolve: { Begun: (_state, { at }) => at },
  })
  return { contract, actor }
}

const list = (name: string, contract: ReturnType<typeof define>["contract"]) =>
  Projection.define(name, { from: [contract], row: { id: Schema.String }, key: "id", on: {} })

test("two parts with the same name are refused", () => {
  const { contract, actor } = define("one.thing")
  assert.throws(() => App.define("x", { actors: [actor, actor] }), /"one.thing" is used twice/)
  assert.throws(
    () => App.define("x", { actors: [actor], projections: [list("one.thing", contract)] }),
    /"one.thing" is used twice/,
  )
})

test("a part that is undefined, misplaced or misspelt is refused", () => {
  const { contract, actor } = define("one.thing")
  const wrong: readonly (readonly [object, RegExp])[] = [
    [
      { actors: [actor, undefined] },
      /^the application x: actors: number 2 is no actor: it is unde/,
    ],
    [{ actors: [contract] }, /actors: number 1 is no actor: it is an object of another kind/],
    [{ actors: actor }, /actors must be a list/],
    [{ projections: [actor] }, /projections: number 1 is no projection/],
    [{ queries: [undefined] }, /queries: number 1 is no query handler/],
    [{ policies: [list("one.list", contract)] }, /policies: number 1 is no policy/],
    [{ contexts: [undefined] }, /contexts: number 1 is no context/],
    [{ contexts: [{ actors: [undefined] }] }, /actors: number 1 is no actor/],
    [
      { contexts: [{ actors: [actor], projection: [] }] },
      /^a context of the application x has no option "projection"; did you mean "projections"\?/,
    ],
    [{ actor: [actor] }, /no option "actor"; did you mean "actors"\?/],
  ]
  for (const [options, message] of wrong) {
    assert.throws(() => App.define("x", options), { name: "TypeError", message })
  }
})

test("a projection or policy that reads a contract without an actor is refused", () => {
  const { actor } = define("one.thing")
  const { contract: other } = define("other.thing")
  const projection = list("one.list", other)
  const policy = Policy.define("one.policy", { from: [other], on: {} })
  assert.throws(() => App.define("x", { actors: [actor], projections: [projection] }), /no actor/)
  assert.throws(() => App.define("x", { actors: [actor], policies: [policy] }), /no actor/)
})

test("a query that reads a view which is not in the application is refused", () => {
  const { contract, actor } = define("one.thing")
  const view = list("one.list", contract)
  const Ids = Query.define("one.ids", { params: {}, result: Schema.Array(Schema.Unknown) })
  const ids = QueryHandler.define(Ids, { from: [view], sql: async () => [] })
  const twin = list("one.list", contract)
  const message = /the query one\.ids reads one\.list, which is not among the projections/
  assert.throws(() => App.define("x", { actors: [actor], queries: [ids] }), message)
  const other = { actors: [actor], projections: [twin], queries: [ids] }
  assert.throws(() => App.define("x", other), message)
  App.define("x", { actors: [actor], projections: [view], queries: [ids] })
})

test("an application lists each context of its actors and policies once", () => {
  const defined = ["one.thing", "one.other", "two.thing"].map(define)
  const actors = defined.map(({ actor }) => actor)
  assert.deepEqual(App.define("x", { actors }).contexts, ["one", "two"])
  const from = defined.map(({ contract }) => contract)
  const policies = ["two.policy", "three.policy"].map((name) =>
    Policy.define(name, { from, on: {} })
  )
  assert.deepEqual(App.define("x", { actors, policies }).contexts, ["one", "two", "three"])
})

test("an application has its own parts as well as those of its contexts", () => {
  const [own, one, two] = ["own.thing", "one.thing", "two.thing"].map(define)
  const view = list("two.list", two!.contract)
  const contexts = [{ actors: [one!.actor] }, { actors: [two!.actor], projections: [view] }]
  const app = App.define("x", { actors: [own!.actor], contexts })
  assert.deepEqual(app.contexts, ["own", "one", "two"])
  assert.deepEqual(app.projections, [view])
  const again = [...contexts, { actors: [own!.actor] }]
  assert.throws(() => App.define("x", { actors: [own!.actor], contexts: again }), /used twice/)
})

test("withinContexts keeps only the parts of the given contexts", () => {
  const [one, two] = ["one.thing", "two.thing"].map(define) as [
    ReturnType<typeof define>,
    ReturnType<typeof define>,
  ]
  const from = [one.contract, two.contract]
  const policies = ["one.policy", "two.policy"].map((name) => Policy.define(name, { from, on: {} }))
  const projections = [list("one.list", two.contract), list("two.list", one.contract)]
  const app = App.define("x", { actors: [one.actor, two.actor], projections, policies })
  const { actors, ...parts } = withinContexts(app, ["two"])
  assert.deepEqual(actors, [two.actor])
  assert.deepEqual(parts.projections, projections.slice(1))
  assert.deepEqual(parts.policies, policies.slice(1))
  assert.deepEqual(withinContexts(app), app)
  assert.throws(() => withinContexts(app, ["two", "three"]), /no context "three"; .* one, two/)
})

test("an application cannot use the context that is reserved for Leftfold", () => {
  assert.throws(() => define("leftfold.thing"), /cannot be in the context "leftfold"/)
})

test("two policies cannot go on as the same one", () => {
  const { contract, actor } = define("one.thing")
  const named = (name: string, was?: string) =>
    Policy.define(name, { from: [contract], on: {}, ...(was === undefined ? {} : { was }) })
  const both = (policies: Policy[]) => () => App.define("x", { actors: [actor], policies })
  assert.throws(
    both([named("one.echo"), named("one.echo-two", "one.echo")]),
    /one\.echo and one\.echo-two both go on as "one\.echo": only one policy/,
  )
  assert.doesNotThrow(both([named("one.other"), named("one.echo-two", "one.echo")]))
})
