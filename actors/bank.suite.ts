/** A bank in memory: a host of accounts on a scripted journal, and somebody who asks. */
import {
  type Answer,
  type Client,
  type CommandOf,
  createClient,
  type EnvelopeOptions,
  isFailure,
  MemoryLog,
  memoryWire,
  type Message,
  type StoredCommit,
} from "../contracts/mod.ts"
import { account, Accounts } from "./account.suite.ts"
import type { AnyActor } from "./actor.ts"
import { wholeHistory } from "./history.ts"
import { type Host, startHost } from "./host.ts"
import { memoryJournal } from "./journal-memory.ts"
import type { HostLimits } from "./limits.ts"
import { ScriptedJournal } from "./scripted-journal.suite.ts"
import type { Snapshots } from "./snapshots.ts"
import { memorySnapshots } from "./snapshots-memory.ts"

export const NAME = Accounts.name

/** What a bank may be made with. */
export interface BankOptions {
  readonly limits?: Partial<HostLimits>
  readonly actor?: AnyActor
  readonly log?: MemoryLog
  readonly snapshots?: Snapshots
  readonly now?: () => number
}

/** How a test is cleaned up after. */
interface Scope {
  after(work: () => Promise<void>): void
}

/** An answer as one line: what was accepted, or the name of the rejection or failure. */
export type Said = string

let commands = 0

type AccountCommand = CommandOf<typeof Accounts>

/** Lets all that is ready to run in this process run. */
export const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

export class Bank {
  readonly wire = memoryWire()
  readonly client: Client = createClient(this.wire, { retry: false })
  readonly log: MemoryLog
  readonly journal: ScriptedJournal
  readonly snapshots: Snapshots
  readonly host: Host
  /** Which answers have been given, in their order, by command id. */
  readonly answered: string[] = []

  constructor(scope: Scope, options: BankOptions = {}) {
    const { limits, actor = account, log = new MemoryLog(), now } = options
    this.log = log
    this.journal = new ScriptedJournal(memoryJournal(log))
    this.snapshots = options.snapshots ?? memorySnapshots()
    this.host = startHost({
      actors: [actor],
      wire: this.wire,
      journal: this.journal,
      snapshots: this.snapshots,
      ...(limits ? { limits } : {}),
      ...(now ? { now } : {}),
    })
    scope.after(async () => {
      this.journal.release()
      await this.host.stop()
      await this.wire.close()
    })
  }

  /** Asks an account, and says what was answered. */
  async say(id: string, command: AccountCommand, options: EnvelopeOptions = {}): Promise<Said> {
    const commandId = options.commandId ?? `bank-${commands++}`
    const said = await saidOf(
      this.client.ask(Accounts, id, command, { timeoutMs: 60_000, ...options, commandId }),
    )
    this.answered.push(commandId)
    return said
  }

  /** The commits of an account. */
  commits(id: string): Promise<StoredCommit[]> {
    return wholeHistory(memoryJournal(this.log), NAME, id)
  }

  /** The command ids of an account's events, in their order. */
  async stored(id: string): Promise<string[]> {
    return (await this.commits(id)).flatMap(({ events }) => events.map(({ command }) => command))
  }
}

/** What an answer says, in one line. */
export const saidOf = async (asking: Promise<Answer<Message<"rejection">>>): Promise<Said> => {
  try {
    const answer = await asking
    if (answer.kind !== "accepted") return answer.type
    return `${answer.events} at ${answer.position}, version ${answer.version}`
  } catch (error) {
    if (isFailure(error)) return error._tag
    throw error
  }
}
