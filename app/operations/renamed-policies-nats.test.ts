/** Tests of policies that were renamed: they do not begin again unasked. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { Actor, ask, Policy } from "../../actors/internal.ts"
import { Contract } from "../../contracts/internal.ts"
import { createNamespace } from "../../testing/namespace.ts"
import { until } from "../../testing/until.ts"
import type { TestScope } from "../../testing/temporary-folder.ts"
import { App } from "../mod.ts"

const Mails = Contract.define("rename.mail", {
  commands: { Write: {} },
  internal: { Send: {} },
  events: { Written: {}, Sent: {} },
})

const mail = Actor.define(Mails, {
  initial: 0,
  decide: { Write: () => Mails.events.Written(), Send: () => Mails.events.Sent() },
  evolve: { Written: (sent) => sent, Sent: (sent) => sent + 1 },
})

type Options = Partial<Parameters<typeof Policy.define<typeof Mails>>[1]>

const appOf = (policies: Readonly<Record<string, Options>>) =>
  App.define("rename", {
    actors: [mail],
    policies: Object.entries(policies).map(([name, options]) =>
      Policy.define(name, {
        from: [Mails],
        on: { Written: (_event, { id }) => ask(Mails, `to-${id}`, Mails.commands.Send()) },
        ...options,
      })
    ),
  })

test("a policy that may have been renamed is refused, and nothing begins again", async (t) => {
  const servers = await createNamespace()
  const begin = async (scope: TestScope, policies: Readonly<Record<string, Options>>) => {
    const roles = ["provision", "actors", "policies"] as const
    const app = await App.start(appOf(policies), { ...servers, roles })
    let stopped = false
    const stop = async () => {
      if (!stopped) await app.stop()
      stopped = true
    }
    scope.after(stop)
    return { ...app, stop }
  }
  const refused = async (policies: Readonly<Record<string, Options>>, ...messages: RegExp[]) => {
    const error = await App.start(appOf(policies), { ...servers, roles: ["policies"] })
      .then((app) => app.stop(), (reason: unknown) => reason)
    assert.ok(error instanceof Error, "it has started")
    assert.equal(error.name, "StartProblem", String(error))
    for (const message of messages) assert.match(error.message, message)
  }
  const sent = async (app: Awaited<ReturnType<typeof begin>>, id: string) =>
    (await (await app.fetch(`/rename/mail/to-${id}`)).json() as { state: number }).state

  const first = await begin(t, { "rename.mailer": {} })
  await first.client.ask(Mails, "m-1", Mails.commands.Write())
  await until(async () => await sent(first, "m-1") === 1)
  await first.stop()

  const both = /^the policy rename\.mailer-two has no position and would .* rename\.mailer \(done/
  await refused(
    { "rename.mailer-two": {} },
    ...[both, /write was: "rename\.mailer" in it/, /If it is new, write was: null/],
  )
  await refused({ "rename.mailer-two": { start: "now" } }, both)
  await refused(
    { "rename.mailer-three": { was: "rename.mailer-two" } },
    /rename\.mailer-three has no position as "rename\.mailer-two"/,
  )
  // Not refused: a new policy next to the old one, and one that says what it is.
  const next = await begin(t, { "rename.mailer": {}, "rename.copy": {} })
  await until(async () => await sent(next, "m-1") === 2)
  await next.stop()
  const named = await begin(t, {
    "rename.mailer-two": { was: "rename.mailer" },
    "rename.brand-new": { was: null, start: "now" },
  })
  await named.client.ask(Mails, "m-2", Mails.commands.Write())
  await until(async () => await sent(named, "m-2") === 2)
  assert.equal(await sent(named, "m-1"), 2, "nothing was done again")
})
