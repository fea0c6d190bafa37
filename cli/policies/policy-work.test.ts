/** Tests of parked work of policies at the command line: listed, retried, discarded. */
import assert from "node:assert/strict"
import process from "node:process"
import { test } from "../../testing/test.ts"
import { App, type StartedApp } from "../../app/mod.ts"
import { createNamespace } from "../../testing/namespace.ts"
import { until } from "../../testing/until.ts"
import { natsTimers } from "../../actors/internal.ts"
import { encode, type LineFields, logThrough, natsWire } from "../../wire/internal.ts"
import { Letters, letters } from "../fixtures/letters.ts"
import { checkedJson } from "../fixtures/checked-output.ts"
import { Operator } from "../fixtures/operator.ts"

/** Timers are listed: one of today, and one of a policy that is gone, which is cancelled. */
const listedTimers = async (
  operator: Operator,
  natsUrl: string,
  scope: { after(work: () => Promise<void>): void },
): Promise<void> => {
  const wire = await natsWire({ url: natsUrl, name: "timers" })
  scope.after(() => wire.close())
  const ask = { name: "mail.letter", id: "l-3", type: "Burn", data: {}, commandId: "x" }
  await natsTimers(wire).set({
    ...{ policy: "mail.zombie", key: "n-night", due: { everyMs: 3_600_000 } },
    payload: encode("json", { ...ask, correlation: "x" }),
  })
  await until(async () => (await operator.json(0, "timers"))[0].length === 2)
  const [timers] = await operator.json(0, "timers")
  const [sending, zombie] = timers.toSorted((one: { policy: string }, other: { policy: string }) =>
    one.policy < other.policy ? -1 : 1
  )
  assert.deepEqual([sending.policy, sending.key, sending.when, sending.problem], [
    ...["mail.sending", "n-l-3", "0 0 3 * * * UTC"],
    undefined,
  ])
  assert.deepEqual(sending.asks, { actor: "mail.letter", id: "l-3", command: "Send", data: {} })
  assert.deepEqual([zombie.policy, zombie.problem], ["mail.zombie", "no command Burn"])
  const list = await operator.run("timers", "mail.zombie")
  assert.match(list.stdout, /mail\.zombie +n-night +@every 3600000ms +Burn of mail\.letter l-3/)
  const gone = await operator.run("timers", "mail.zombie", "--cancel", "n-night")
  assert.match(gone.stdout, /the timer n-night of mail\.zombie is cancelled/)
  const again = await operator.run("timers", "mail.zombie", "--cancel", "n-night")
  assert.equal(again.code, 1)
  assert.match(again.stderr, /no timer n-night of mail\.zombie waits/)
}

/** A replay is looked at first; it does nothing twice, unless it is told to. */
const replayed = async (operator: Operator): Promise<void> => {
  const range = ["replay", "sending", "--from", "mail:1", "--to", "mail:3"]
  const versions = async () =>
    await Promise.all(
      ["l-1", "l-2"].map(async (id) =>
        (await operator.json(0, "state", "mail.letter", id))[0].version
      ),
    )
  const before = await versions()
  const [looked] = await operator.json(0, ...range)
  // The look is another process, where nobody has corrected the policy.
  const { count, asks, failing, unread } = looked
  assert.deepEqual([looked.replayed, count, asks, failing, unread], [false, 3, 1, 2, 0])
  assert.match(looked.events[0].error, /no address/)
  assert.deepEqual(looked.events[1].asks, [{
    ...{ kind: "ask", actor: "mail.letter", id: "l-1", command: "Send" },
    commandId: "mail.sending/mail:2/0/0",
  }])
  const shown = await operator.run(...range)
  assert.match(shown.stdout, /3 events to handle, 1 reaction[^]*mail\.sending\/mail:2\/0\/0/)
  assert.match(shown.stdout, /nothing was done\. --apply does it/)
  assert.deepEqual(await versions(), before)
  const [done] = await operator.json(0, ...range, "--apply")
  assert.deepEqual([done.replayed, done.from, done.to], [true, 1, 3])
  // The event that was discarded had sent nothing; what was sent is not sent twice.
  assert.deepEqual(await versions(), [before[0] + 1, before[1]])
  const again = await operator.run(...range, "--apply", "--again")
  assert.match(again.stdout, /mail\.sending was replayed from mail:1 to mail:3/)
  assert.deepEqual(await versions(), [before[0] + 3, before[1] + 1])
  for (
    const [why, ...args] of [
      ["there is no policy", "nobody", "--from", "mail:1"],
      ["does not follow other", "sending", "--from", "other:1"],
      ["nothing is between", "sending", "--from", "mail:3", "--to", "mail:2"],
      ["not a position", "sending", "--from", "3"],
    ]
  ) {
    const { code, stderr } = await operator.run("replay", ...args)
    assert.ok(code === 1 && stderr.includes(why!), `${args}: ${stderr}`)
  }
}

/** Keeps the lines of the log; finds the correlation of the first one that contains a text. */
const logged = (scope: { after(work: () => void): void }) => {
  const lines: [line: string, fields?: LineFields][] = []
  const note = (...line: typeof lines[number]) => void lines.push(line)
  const before = logThrough({ error: note, warning: note, info: note })
  scope.after(() => void logThrough(before))
  return (text: string) => lines.find(([line]) => line.includes(text))?.[1]?.correlation
}

/** What the application and the command line say of its health while something is parked. */
const isDegraded = async (app: StartedApp, operator: Operator): Promise<void> => {
  const { ready, status, policies } = await app.health()
  assert.deepEqual([ready, status], [false, "degraded"], "it works, and somebody should look")
  assert.equal(Object(policies).status, "degraded")
  assert.equal((await app.fetch("/readyz")).status, 200)
  const health = await operator.run("health")
  assert.equal(health.code, 0)
  assert.equal((await operator.run("health", "--strict")).code, 1)
  assert.match(health.stdout, /policies +degraded /)
  assert.match(health.stdout, /parked: mail\.sending at mail:1 \(mail\.letter\/l-1\)/)
}

test("what a policy gave up is listed, retried and discarded", async (t) => {
  const servers = await createNamespace()
  const operator = await Operator.open(t, servers, {
    app: letters,
    module: "cli/fixtures/letters.ts",
  })
  const app = await App.start(letters, { ...servers, port: 0 })
  t.after(() => app.stop())
  t.after(() => void delete process.env.LETTERS_CORRECTED)
  const correlationOf = logged(t)
  const write = (id: string, to: string) => {
    const correlation = `request-${id}`
    return app.client.ask(Letters, id, Letters.commands.Write({ to }), { correlation })
  }
  await write("l-1", "nobody")
  await write("l-1", "ada")
  await write("l-2", "nobody")
  const parked = async () => (await operator.json(0, "parked", "mail.sending"))[0]
  await until(async () => (await parked()).length === 3)
  for (const said of ["cannot go on", "is parked after 2 attempts"]) {
    assert.equal(correlationOf(`mail:1 ${said}`), "request-l-1", said)
  }
  const [first, second, third] = await parked()
  assert.deepEqual([first.key, first.position, first.what], [
    "mail.letter/l-1",
    "mail:1",
    "Written",
  ])
  assert.match(first.error, /^after Written of mail\.letter l-1: no address$/)
  assert.equal(first.attempts, 2)
  assert.deepEqual([second.behind, third.key], [true, "mail.letter/l-2"])
  await isDegraded(app, operator)
  const table = await operator.run("parked", "sending")
  assert.match(table.stdout, /POLICY +KEY +POSITION[^]*no address[^]*leftfold retry POLICY KEY/)

  const still = await operator.run("retry", "mail.sending", "mail.letter/l-1")
  assert.equal(still.code, 1)
  assert.match(still.stdout, /mail\.letter\/l-1: 0 no longer parked\n2 still parked: after Written/)
  const [discarded] = await operator.json(
    0,
    ...["retry", "mail.sending", "mail.letter/l-1", "--discard"],
  )
  assert.deepEqual(discarded, { name: "mail.sending", key: "mail.letter/l-1", freed: 2, parked: 0 })
  process.env.LETTERS_CORRECTED = "yes"
  const all = await operator.run("retry", "sending", "--all")
  assert.match(all.stdout, /mail\.letter\/l-2: 1 no longer parked/)
  assert.equal((await operator.run("parked")).stdout, "nothing is parked\n")

  await replayed(operator)

  const written = await write("l-3", "clock")
  await listedTimers(operator, servers.natsUrl, t)
  const place = written.kind === "accepted" ? written.position : ""
  const [{ steps: [step] }] = await checkedJson(operator, 0, "flow", place)
  assert.equal(step.command.name, "Write")
  assert.deepEqual(step.waiting.map(({ policy, asks }: typeof step) => [policy, asks.command]), [
    ["mail.sending", "Send"],
  ])
  const { stdout } = await operator.run("flow", place)
  assert.match(stdout, /waits until 0 0 3 \* \* \* UTC: Send of/)

  const unknown = await operator.run("retry", "mail.sending", "mail.letter/l-9")
  assert.match(unknown.stderr, /nothing of mail\.sending is parked under "mail\.letter\/l-9"/)
  const state = async (id: string) =>
    (await (await app.fetch(`/mail/letter/${id}`)).json() as { state: object }).state
  assert.deepEqual(await state("l-1"), { to: "ada", sent: true })
  assert.deepEqual(await state("l-2"), { to: "nobody", sent: true })
})
