/** Tests of the checker: a right history has nothing wrong, and each wrong one is found out. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { nextAncestors, type StoredEvent } from "../../wire/internal.ts"
import { check } from "./checker.ts"
import type { Asked, History, Logged, Outcome } from "./history.ts"
import { Accounts, Amounts, Balances, Receipts } from "./vault.ts"
import { type Fault, FAULTS, isClean } from "./verdict.ts"

/** Builds a history in which each commit follows from the one before. */
class Story {
  readonly log: Logged[] = []
  readonly asked: Asked[] = []
  readonly #sequences: Record<string, number> = {}
  readonly #actors = new Map<string, { version: number; ancestors: number[]; last: number }>()
  #nowMs = 0

  /** Stores a commit with these events. */
  store(name: string, id: string, ...events: Omit<StoredEvent, "schema" | "time">[]): number {
    const context = name.split(".")[0]!
    const sequence = this.#sequences[context] = (this.#sequences[context] ?? 0) + 1
    const actor = this.#actors.get(`${name} ${id}`) ?? { version: 0, ancestors: [], last: 0 }
    const { version: base, ancestors, last } = actor
    const stored = events.map((event) => ({ ...event, schema: 1, time: 0 }))
    const commit = { sequence, base, ancestors, events: stored }
    this.log.push({ context, name, id, expected: last, commit })
    this.#actors.set(`${name} ${id}`, {
      version: base + events.length,
      ancestors: nextAncestors(ancestors, sequence),
      last: sequence,
    })
    return sequence
  }

  /** A command that is accepted and makes an event, with its receipt. */
  accept(id: string, commandId: string, command: "Deposit" | "Withdraw", amount: number): void {
    const type = command === "Deposit" ? "Deposited" : "Withdrawn"
    const sequence = this.store(Accounts.name, id, { type, data: { amount }, command: commandId })
    const position = `vault:${sequence}`
    const receipt = `audit.receipts/${position}/0/0`
    this.store(Receipts.name, id, { type: "Kept", data: { position }, command: receipt })
    const { base } = this.log.at(-2)!.commit
    this.ask(id, commandId, command, amount, {
      type: "accepted",
      position,
      version: base + 1,
      events: 1,
    })
  }

  /** A question that was sent after all earlier ones were answered. */
  ask(
    id: string,
    commandId: string,
    command: "Deposit" | "Withdraw",
    amount: number,
    outcome: Outcome,
    expectedVersion?: number,
    retry = false,
  ): void {
    const sentMs = this.#nowMs += 1
    const doneMs = this.#nowMs += 1
    const question = { id, commandId, command, amount, expectedVersion, retry }
    this.asked.push({ ...question, sentMs, doneMs, outcome })
  }
}

const replica = (server: string, change = {}) => ({
  ...{ stream: "vault", server, messages: 3, bytes: 300, first: 1, last: 3, missing: 0 },
  ...change,
})

/** Two accounts, and one of every event that can rightly happen. */
const rightStory = (): Story => {
  const story = new Story()
  story.accept("a", "a-1", "Deposit", 5)
  story.ask("a", "a-2", "Withdraw", 7, { type: "rejected", balance: 5 })
  story.accept("a", "a-3", "Withdraw", 5)
  story.ask("a", "a-3", "Withdraw", 5, story.asked.at(-1)!.outcome)
  const nothing = { type: "accepted", position: "vault:2", version: 2, events: 0 } as const
  story.ask("a", "a-4", "Deposit", 0, nothing)
  story.ask("a", "a-5", "Deposit", 1, { type: "mismatch", actual: 2 }, 1)
  story.accept("b", "b-1", "Deposit", 5)
  story.ask("b", "b-2", "Deposit", 1, { type: "unknown", reason: "Timeout" })
  return story
}

const balances = [
  { id: "a", balance: 0, events: 2, version: 2 },
  { id: "b", balance: 5, events: 1, version: 1 },
]
const amounts = [{ amount: "of-5", deposits: 2, withdrawals: 1 }]

const historyOf = ({ asked, log }: Story): History => ({
  asked,
  log,
  views: [{ projection: Balances, rows: balances }, { projection: Amounts, rows: amounts }],
  replicas: [replica("n1"), replica("n2"), replica("n3")],
  ownership: [{ context: "vault", owners: ["node-1", "node-2"] }],
})

/** The findings by kind, without empty kinds. */
const found = (history: History): Partial<Record<Fault, number>> => {
  const verdict = check(history)
  const counts = FAULTS.map((fault) => [fault, verdict[fault].length] as const)
  return Object.fromEntries(counts.filter(([, count]) => count > 0))
}

/** The findings after a change to the questions or the log of the right history. */
const afterChange = (change: (story: Story) => void) => {
  const story = rightStory()
  change(story)
  return found(historyOf(story))
}

const outcomeOf = (story: Story, commandId: string, outcome: Outcome) => {
  const at = story.asked.findIndex((each) => each.commandId === commandId)
  story.asked[at] = { ...story.asked[at]!, outcome }
}

test("a right history has nothing wrong", () => {
  const verdict = check(historyOf(rightStory()))
  assert.ok(isClean(verdict), JSON.stringify(verdict))
})

test("a commit that is gone is lost: answer, stream, chain and view show it", () => {
  const gone = afterChange((story) => story.log.splice(0, 1))
  assert.ok(gone.lost && gone.brokenChains && gone.viewDrift && gone.wrongAnswers, "all of them")
})

test("an accepted command that is not in the log is lost", () => {
  const accepted = { type: "accepted", position: "vault:4", version: 2, events: 1 } as const
  const gone = afterChange((story) => story.ask("b", "b-9", "Deposit", 1, accepted))
  assert.deepEqual(gone, { lost: 1 })
})

test("a command that is stored twice is found", () => {
  const twice = afterChange((story) => story.accept("b", "b-1", "Deposit", 5))
  assert.equal(twice.duplicated, 1)
})

test("an event that nobody asked for is found, as is one with other fields", () => {
  const alien = afterChange((story) => {
    story.accept("b", "b-9", "Deposit", 5)
    story.asked.pop()
  })
  assert.equal(alien.duplicated, 1)
  const other = afterChange((story) => story.asked[0] = { ...story.asked[0]!, amount: 6 })
  assert.deepEqual(other, { duplicated: 1, wrongAnswers: 1 })
})

test("a commit that does not follow the one before it breaks the chain", () => {
  const change = (wrong: (logged: Logged) => Logged) =>
    afterChange((story) => story.log[2] = wrong(story.log[2]!))
  assert.deepEqual(change((logged) => ({ ...logged, expected: 0 })), { brokenChains: 1 })
  assert.deepEqual(change((logged) => ({ ...logged, expected: undefined })), { brokenChains: 1 })
  const withCommit = (part: object) =>
    change((logged) => ({ ...logged, commit: { ...logged.commit, ...part } }))
  assert.deepEqual(withCommit({ ancestors: [] }), { brokenChains: 1 })
  assert.equal(withCommit({ base: 2 }).brokenChains, 1)
})

test("a rejection that was true at no time of the call is wrong", () => {
  const never = afterChange((story) => outcomeOf(story, "a-2", { type: "rejected", balance: 4 }))
  assert.deepEqual(never, { wrongRejections: 1 })
  const before = afterChange((story) => {
    story.accept("b", "b-3", "Deposit", 5)
    story.ask("b", "b-4", "Withdraw", 7, { type: "rejected", balance: 5 })
  })
  assert.equal(before.wrongRejections, 1, "it was so only before the call")
  const enough = afterChange((story) =>
    story.ask("b", "b-4", "Withdraw", 4, { type: "rejected", balance: 5 })
  )
  assert.deepEqual(enough, { wrongRejections: 1 })
  const later = afterChange((story) => {
    story.ask("b", "b-3", "Withdraw", 11, { type: "rejected", balance: 10 })
    story.accept("b", "b-4", "Deposit", 5)
  })
  assert.equal(later.wrongRejections, 1, "it was so only after the call")
})

test("a version that was refused though it was right, or never was, is wrong", () => {
  const right = afterChange((story) =>
    story.ask("b", "b-3", "Deposit", 1, { type: "mismatch", actual: 1 }, 1)
  )
  assert.deepEqual(right, { wrongRejections: 1 })
  const never = afterChange((story) =>
    story.ask("b", "b-3", "Deposit", 1, { type: "mismatch", actual: 2 }, 1)
  )
  assert.deepEqual(never, { wrongRejections: 1 })
})

test("a command that was refused and is stored is wrong, but for other tries of it", () => {
  const rejected = { type: "rejected", balance: 5 } as const
  const stored = afterChange((story) => outcomeOf(story, "a-3", rejected))
  assert.equal(stored.wrongRejections, 1, "the rejection alone; the repeat was accepted")
  const both = afterChange((story) => {
    story.asked.splice(3, 1)
    outcomeOf(story, "a-3", { type: "mismatch", actual: 1 })
  })
  assert.ok(both.wrongRejections, "stored, and every try was refused")
})

test("a command that was refused for all earlier tries as well, and is stored, is wrong", () => {
  const after = (retry: boolean, commandId: string) =>
    afterChange((story) => {
      story.accept("b", "b-3", "Deposit", 2)
      story.asked[story.asked.length - 1] = {
        ...story.asked.at(-1)!,
        outcome: { type: "unknown", reason: "Timeout" },
      }
      const mismatch = { type: "mismatch", actual: 2 } as const
      story.ask("b", commandId, "Deposit", 2, mismatch, 1, retry)
    }).wrongRejections
  assert.equal(after(true, "b-3"), 1)
  assert.equal(after(false, "b-3"), undefined, "it knew of no other try")
  assert.equal(after(true, "b-4"), undefined)
})

test("an id that was used is refused to all others, and to nobody else", () => {
  const reused = { type: "reused" } as const
  const ask = (commandId: string, amount: number) =>
    afterChange((story) => story.ask("b", commandId, "Deposit", amount, reused))
  assert.deepEqual(ask("b-1", 4), {})
  assert.deepEqual(ask("b-1", 5), { wrongRejections: 1 }, "it is what the log has")
  assert.deepEqual(ask("b-9", 5), { wrongRejections: 1 }, "the log has nothing under this id")
  const accepted = afterChange((story) =>
    story.ask("b", "b-1", "Deposit", 4, { ...story.asked[6]!.outcome } as Outcome)
  )
  assert.deepEqual(accepted, { wrongAnswers: 1 }, "accepted, but another was stored")
})

test("nothing to do may be answered at a commit that only says what was refused", () => {
  const at = (position: string) =>
    afterChange((story) => {
      story.store(Accounts.name, "a")
      const nothing = { type: "accepted", position, version: 2, events: 0 } as const
      story.ask("a", "a-6", "Deposit", 0, nothing)
    })
  assert.deepEqual(at("vault:4"), {})
  assert.deepEqual(at("vault:2"), {})
  assert.deepEqual(at("vault:3"), { wrongAnswers: 1 })
})

test("an answer that is not as the log says is wrong", () => {
  const change = (part: object) =>
    afterChange((story) =>
      outcomeOf(story, "b-1", { ...story.asked[6]!.outcome, ...part } as Outcome)
    )
  assert.deepEqual(change({ position: "vault:2" }), { wrongAnswers: 1 })
  assert.ok(change({ version: 2 }).wrongAnswers)
  assert.deepEqual(change({ events: 2 }), { wrongAnswers: 1 })
  assert.deepEqual(change({ type: "broken", reason: "Internal" }), { wrongAnswers: 1 })
  const nothing = { type: "accepted", position: "vault:1", version: 1, events: 0 } as const
  const stale = afterChange((story) => outcomeOf(story, "a-4", nothing))
  assert.deepEqual(stale, { wrongAnswers: 1 })
})

test("a balance below nothing was wrongly accepted", () => {
  const below = afterChange((story) => story.accept("b", "b-3", "Withdraw", 6))
  assert.equal(below.wrongAnswers, 1)
})

test("a policy that did not ask, asked twice or asked unasked is found", () => {
  const kept = (position: string) => ({
    type: "Kept",
    data: { position },
    command: `audit.receipts/${position}/0/0`,
  })
  const never = afterChange((story) => story.log.splice(story.log.length - 1, 1))
  assert.deepEqual(never, { lost: 1 })
  const twice = afterChange((story) => story.store(Receipts.name, "b", kept("vault:3")))
  assert.deepEqual(twice, { duplicated: 1 })
  const unasked = afterChange((story) => story.store(Receipts.name, "b", kept("vault:9")))
  assert.deepEqual(unasked, { duplicated: 1 })
})

test("a row that is missing, too much or other than the log gives has drifted", () => {
  const shown = (rows: History["views"][number]["rows"]) => {
    const history = historyOf(rightStory())
    return found({ ...history, views: [{ projection: Balances, rows }] })
  }
  const [first, second] = balances
  assert.deepEqual(shown([first!]), { viewDrift: 1 })
  assert.deepEqual(shown([...balances, { ...first, id: "c" }]), { viewDrift: 1 })
  assert.deepEqual(shown([first!, { ...second, events: 2 }]), { viewDrift: 1 })
})

test("a server that holds other messages than the rest, or has lost some, is found", () => {
  const held = (change: object) => {
    const replicas = [replica("n1"), replica("n2"), replica("n3", change)]
    return found({ ...historyOf(rightStory()), replicas })
  }
  assert.deepEqual(held({ last: 2, messages: 2 }), { unlikeReplicas: 1 })
  assert.deepEqual(held({ bytes: 299 }), { unlikeReplicas: 1 })
  assert.deepEqual(held({ missing: 1 }), { unlikeReplicas: 1 })
})

test("a slice without an owner is found", () => {
  const ownership = [{ context: "vault", owners: ["node-1", undefined] }]
  assert.deepEqual(found({ ...historyOf(rightStory()), ownership }), { unownedSlices: 1 })
})
