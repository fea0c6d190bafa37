/** Tests that the usual mistakes in a definition are refused by name, where they are made. */
import assert from "node:assert/strict"
import { describe } from "node:test"
import { Contract } from "../contracts/internal.ts"
import { test } from "../testing/test.ts"
import { Actor } from "./actor.ts"
import { actorWith, Carts, evolving, initial, loose, options } from "./fixtures/cart.ts"
import { Policy } from "./policy.ts"

describe("a definition is refused where it is made:", () => {
  const refused: readonly (readonly [string, () => unknown, RegExp])[] = [
    [
      "a missing command handler",
      () => actorWith({ decide: { Add: () => [] } }),
      /^shop\.cart decide has no handler for Clear$/,
    ],
    [
      "a missing event handler",
      () => actorWith({ evolve: {} }),
      /^shop\.cart evolve has no handler for Added, Cleared$/,
    ],
    [
      "a misspelt command handler",
      () => actorWith({ decide: { ...options.decide, Ad: () => [] } }),
      /a handler for Ad, which is no command of shop\.cart; did you mean "Add"\?$/,
    ],
    [
      "a misspelt event handler",
      () => actorWith({ evolve: { ...options.evolve, Aded: () => initial } }),
      /handler for Aded, which is no event of shop\.cart; did you mean "Added"\?/,
    ],
    [
      "a handler that is undefined",
      () => actorWith({ decide: { ...options.decide, Add: undefined } }),
      /the handler for Add is no function: it is undefined/,
    ],
    [
      "no handlers at all",
      () => actorWith({ decide: undefined }),
      /shop\.cart decide has no handlers: it is undefined/,
    ],
    [
      "an asynchronous decide",
      () => actorWith({ decide: { ...options.decide, Add: async () => [] } }),
      /decide: the handler for Add is asynchronous/,
    ],
    [
      "a generator",
      () => actorWith({ decide: { ...options.decide, *Add() {} } }),
      /the handler for Add is a generator/,
    ],
    [
      "an asynchronous evolve",
      () => evolving(async () => initial),
      /evolve: the handler for Added is asynchronous/,
    ],
    [
      "no contract",
      () => Actor.define(loose(undefined), loose(options)),
      /^Actor\.define has no contract: it is undefined, as what two files import/,
    ],
    ["no initial state", () => {
      const { initial: _, ...rest } = options
      return Actor.define(Carts, loose(rest))
    }, /the actor shop\.cart has no initial state/],
    [
      "an initial state that is still to be made",
      () => actorWith({ initial: () => initial }),
      /the initial state of shop\.cart is a function: give the state itself/,
    ],
    [
      "an initial state that is a promise",
      () => actorWith({ initial: Promise.resolve(initial) }),
      /the initial state of shop\.cart is a promise: await it first/,
    ],
    [
      "an initial state off its schema",
      () => actorWith({ initial: { lines: [{ skuu: "a" }] } }),
      /the initial state of shop\.cart does not .*"skuu" \(did you mean "sku"\?\) at lines\.0\./,
    ],
    [
      "a state schema that is undefined",
      () => actorWith({ state: undefined }),
      /the state of shop\.cart has no schema: it is undefined/,
    ],
    [
      "a misspelt option",
      () => actorWith({ inital: initial }),
      /has no option "inital"; did you mean "initial"\?/,
    ],
    [
      "a version that is no number",
      () => actorWith({ version: "2" }),
      /the version of shop\.cart must be a whole number, not 2/,
    ],
    [
      "a field without a schema",
      () =>
        Contract.define(
          "shop.cart",
          loose({ commands: { Add: { lines: undefined } }, events: {} }),
        ),
      /^shop\.cart Add: the field "lines" has no schema: it is undefined/,
    ],
    [
      "a field that is a type's name",
      () =>
        Contract.define("shop.cart", loose({ commands: { Add: { lines: "string" } }, events: {} })),
      /the field "lines" has no schema: it is a string/,
    ],
    [
      "fields that are a schema",
      () => Contract.define("shop.cart", loose({ commands: { Add: null }, events: {} })),
      /shop\.cart Add must list its fields/,
    ],
    [
      "no events",
      () => Contract.define("shop.cart", loose({ commands: {} })),
      /the contract shop\.cart has no events/,
    ],
    [
      "a misspelt part of a contract",
      () => Contract.define("shop.cart", loose({ commands: {}, events: {}, rejection: {} })),
      /has no option "rejection"; did you mean "rejections"\?/,
    ],
    [
      "an upcast of no event",
      () =>
        Contract.define(
          "shop.cart",
          loose({ commands: {}, events: { Added: {} }, upcasts: { Adde: [] } }),
        ),
      /the upcasts of Adde do not say what it became, and it is no event of this/,
    ],
    [
      "a message of two kinds",
      () => Contract.define("shop.cart", { commands: { Added: {} }, events: { Added: {} } }),
      /two messages are called Added/,
    ],
    [
      "a policy of no contract",
      () => Policy.define("shop.p", loose({ from: [undefined], on: {} })),
      /shop\.p: from: number 1 is no contract: it is undefined/,
    ],
    [
      "a policy for no event",
      () => Policy.define("shop.p", loose({ from: [Carts], on: { Adde: () => [] } })),
      /a handler for Adde, which is no event of shop\.cart; did you mean "Added"\?/,
    ],
    [
      "a policy that begins nowhere",
      () => Policy.define("shop.p", loose({ from: [Carts], start: "end", on: {} })),
      /starts at "beginning" or "now", not at "end"/,
    ],
  ]
  for (const [name, define, message] of refused) {
    test(name, () => assert.throws(define, { name: "TypeError", message }))
  }

  test("a bare text as the initial state", () => {
    const decide = { Add: () => [], Clear: () => [] }
    const evolve = { Added: () => "full", Cleared: () => "empty" }
    // @ts-expect-error: any text would be a state.
    Actor.define(Carts, { initial: "empty", decide, evolve })
    const state: "empty" | "full" = "empty"
    const full = { Added: () => "full" as const, Cleared: () => "empty" as const }
    Actor.define(Carts, { initial: state as "empty" | "full", decide, evolve: full })
  })
})
