/**
 * A witness: asks accounts, remembers when and what was answered, and afterwards holds every
 * answer against the log: nothing lost, twice, wrongly accepted or wrongly rejected.
 */
import assert from "node:assert/strict"
import { type Client, type CommandOf, isFailure } from "../contracts/mod.ts"
import { Accounts, Deposit, Open, Withdraw } from "./account.suite.ts"
import { checkChain, wholeHistory } from "./history.ts"
import type { Journal } from "./journal.ts"

type AccountCommand = CommandOf<typeof Accounts>

/** One command and what became of it. */
export interface Seen {
  readonly id: string
  readonly commandId: string
  readonly command: AccountCommand
  readonly sentMs: number
  doneMs: number
  /** The rejection or the failure by name, or where and as which version it was accepted. */
  said: string
  version: number
}

/** What the log says of one account after each of its versions, from version 0 on. */
interface Account {
  readonly balances: readonly number[]
  /** By command id: `position, version` as an answer says it. */
  readonly accepted: ReadonlyMap<string, string>
  readonly commands: readonly string[]
}

const LANES = 12
/** So many of them have an account of their own. */
const CAREFUL_LANES = 4

const readAccount = async (journal: Journal, id: string): Promise<Account> => {
  const commits = await wholeHistory(journal, Accounts.name, id)
  checkChain(Accounts.name, id, commits)
  const balances = [0]
  const [accepted, commands] = [new Map<string, string>(), [""]]
  for (const { sequence, base, events } of commits) {
    assert.equal(base, balances.length - 1, `${id} has a gap before ${sequence}`)
    for (const [index, { type, data, command }] of events.entries()) {
      const { amount = 0 } = data as { amount?: number }
      const balance = balances.at(-1)! + (type === "Withdrawn" ? -amount : amount)
      assert.ok(balance >= 0, `${command} was wrongly accepted: ${id} is at ${balance}`)
      assert.ok(!accepted.has(command), `${command} is stored twice`)
      balances.push(balance)
      commands.push(command)
      accepted.set(command, `bank:${sequence}, ${base + index + 1}`)
    }
  }
  return { balances, accepted, commands }
}

/** Asks and remembers. */
export class Witness {
  readonly seen: Seen[] = []
  readonly #prefix: string
  #count = 0

  constructor(prefix = "w") {
    this.#prefix = prefix
  }

  async ask(client: Client, id: string, command: AccountCommand, timeoutMs = 10_000) {
    const commandId = `${this.#prefix}-${this.#count++}`
    const sentMs = performance.now()
    const seen: Seen = { id, commandId, command, sentMs, doneMs: 0, said: "", version: 0 }
    this.seen.push(seen)
    try {
      const answer = await client.ask(Accounts, id, command, { commandId, timeoutMs })
      if (answer.kind === "accepted") {
        seen.said = `${answer.position}, ${answer.version}`
        seen.version = answer.version
      } else seen.said = answer.type
    } catch (error) {
      if (!isFailure(error)) throw error
      seen.said = `failed: ${error._tag} ${error.message}`
    }
    seen.doneMs = performance.now()
    return seen
  }

  /** The commands that failed, in words. */
  failures(): string[] {
    return this.seen.filter(({ said }) => said.startsWith("failed"))
      .map(({ commandId, said, sentMs, doneMs }) =>
        `${commandId} ${said} after ${Math.round(doneMs - sentMs)} ms`
      )
  }

  /** Holds all answers against the log. Returns how many were rejected, all of them rightly. */
  async check(journal: Journal): Promise<number> {
    let rejected = 0
    for (const id of new Set(this.seen.map((seen) => seen.id))) {
      const account = await readAccount(journal, id)
      const mine = this.seen.filter((seen) => seen.id === id && seen.doneMs > 0)
      const sent = new Map(mine.map(({ commandId, sentMs }) => [commandId, sentMs]))
      for (const seen of mine.filter(({ version }) => version > 0)) {
        assert.equal(seen.said, account.accepted.get(seen.commandId), `${seen.commandId} was acked`)
      }
      for (const seen of mine.filter(({ said }) => said === "Insufficient")) {
        assert.ok(
          !account.accepted.has(seen.commandId),
          `${seen.commandId} was rejected and stored`,
        )
        assert.ok(couldBeShort(seen, account, mine, sent), `${seen.commandId} was wrongly rejected`)
        rejected++
      }
    }
    return rejected
  }
}

/** Whether the account may have had too little at some moment while the command was under way. */
const couldBeShort = (
  seen: Seen,
  { balances, commands }: Account,
  all: readonly Seen[],
  sent: ReadonlyMap<string, number>,
) => {
  const { amount = 0 } = Accounts.codec.plain(seen.command).data as { amount?: number }
  let oldest = 0
  for (const { version, doneMs } of all) {
    if (doneMs < seen.sentMs) oldest = Math.max(oldest, version)
  }
  return balances.some((balance, version) =>
    version >= oldest && balance < amount &&
    (sent.get(commands[version] ?? "") ?? 0) <= seen.doneMs
  )
}

/**
 * A load on a few accounts that all share: deposits of 1, and withdrawals of which many find too
 * little. On some others, one after another, what one client deposits another withdraws: there
 * whoever decides on an old state is wrong each time.
 */
export class Load {
  readonly witness: Witness
  readonly #clients: readonly Client[]
  readonly #ids: readonly string[]
  readonly #running: Promise<unknown>
  #stopped = false
  #answered = 0
  #wanted: { readonly count: number; readonly resolve: () => void } | undefined

  private constructor(clients: readonly Client[], ids: readonly string[], prefix: string) {
    this.#clients = clients
    this.#ids = ids
    this.witness = new Witness(prefix)
    const careful = CAREFUL_LANES
    const lanes = Array.from(
      { length: LANES },
      (_, lane) => lane < careful ? this.#careful(`${prefix}-own-${lane}`, lane) : this.#lane(lane),
    )
    this.#running = Promise.all(lanes)
  }

  /** Opens the accounts and begins. */
  static async start(clients: readonly Client[], accounts: number, prefix = "w"): Promise<Load> {
    const ids = Array.from({ length: accounts }, (_, each) => `${prefix}-${each}`)
    const own = Array.from({ length: CAREFUL_LANES }, (_, lane) => `${prefix}-own-${lane}`)
    for (const id of [...ids, ...own]) await clients[0]!.ask(Accounts, id, Open())
    return new Load(clients, ids, prefix)
  }

  /** Resolves when so many more commands have been answered. */
  more(count: number): Promise<void> {
    return new Promise((resolve) => this.#wanted = { count: this.#answered + count, resolve })
  }

  /** Sends no more, and resolves when everything is answered. */
  async stop(): Promise<void> {
    this.#stopped = true
    await this.#running
  }

  async #lane(lane: number): Promise<void> {
    for (let each = lane; !this.#stopped; each += 7) {
      const id = this.#ids[each % this.#ids.length]!
      await this.#ask(
        lane + each,
        id,
        each % 2 === 0 ? Deposit({ amount: 1 }) : Withdraw({ amount: 2 }),
      )
    }
  }

  async #careful(id: string, lane: number): Promise<void> {
    for (let each = lane; !this.#stopped; each += 2) {
      await this.#ask(each, id, Deposit({ amount: 10 }))
      await this.#ask(each + 1, id, Withdraw({ amount: 10 }))
    }
  }

  async #ask(turn: number, id: string, command: AccountCommand): Promise<void> {
    await this.witness.ask(this.#clients[turn % this.#clients.length]!, id, command)
    this.#answered++
    if (this.#wanted && this.#answered >= this.#wanted.count) this.#wanted.resolve()
  }
}
