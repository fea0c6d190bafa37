/** The actor that this folder's tests run: an account, with commands that go wrong on purpose. */
import { Schema } from "effect"
import { Contract, encodeCommit, type Message, type StoredEvent } from "../contracts/mod.ts"
import { Actor } from "./actor.ts"

export const Accounts = Contract.define("bank.account", {
  commands: {
    Open: {},
    Deposit: { amount: Schema.Int },
    Withdraw: { amount: Schema.Int },
    Note: { text: Schema.String, times: Schema.Int },
    Crash: {},
    Spoil: {},
    Poison: {},
    Doubt: {},
  },
  events: {
    Opened: {},
    Deposited: { amount: Schema.Int },
    Withdrawn: { amount: Schema.Int },
    Noted: { text: Schema.String },
    Poisoned: {},
  },
  rejections: {
    NotOpen: {},
    Insufficient: { balance: Schema.Int },
    Doubtful: { doubt: Schema.Int },
  },
})

export const { Open, Deposit, Withdraw, Note, Crash, Spoil, Poison, Doubt } = Accounts.commands
export const { Opened, Deposited, Withdrawn, Noted, Poisoned } = Accounts.events
export const { NotOpen, Insufficient, Doubtful } = Accounts.rejections

export const AccountState = Schema.Struct({ open: Schema.Boolean, balance: Schema.Int })

export type AccountState = typeof AccountState.Type

const initial: AccountState = { open: false, balance: 0 }

/** Handlers whose bugs are wanted: a throw, an event off its schema, an event that cannot fold. */
export const account = Actor.define(Accounts, {
  initial,
  state: AccountState,
  decide: {
    Open: ({ open }) => open ? [] : Opened(),
    Deposit: ({ open }, { amount }) => open ? Deposited({ amount }) : NotOpen(),
    Withdraw({ open, balance }, { amount }) {
      if (!open) return NotOpen()
      return balance < amount ? Insufficient({ balance }) : Withdrawn({ amount })
    },
    Note: (_, { text, times }) => Array.from({ length: times }, () => Noted({ text })),
    Crash() {
      throw new Error("the handler has a bug")
    },
    Spoil: () => Deposited({ amount: 0.5 }),
    Poison: () => Poisoned(),
    Doubt: () => Doubtful({ doubt: 0.5 }),
  },
  evolve: {
    Opened: (state) => ({ ...state, open: true }),
    Deposited: (state, { amount }) => ({ ...state, balance: state.balance + amount }),
    Withdrawn: (state, { amount }) => ({ ...state, balance: state.balance - amount }),
    Noted: (state) => state,
    Poisoned() {
      throw new Error("this event cannot be folded")
    },
  },
})

/** An account of which no snapshots are kept. */
export const plainAccount = { ...account, state: undefined }

let commands = 0

/** An event as it is stored. */
export const storedEvent = (
  event: Message<"event">,
  command = `command-${commands++}`,
  time = 0,
): StoredEvent => ({ ...Accounts.codec.plain(event), command, time })

/** The bytes of a commit with one deposit of 1 per command id. */
export const commitOf = (base: number, ancestors: readonly number[], ...ids: string[]) =>
  encodeCommit({
    base,
    ancestors,
    events: ids.map((id) => storedEvent(Deposited({ amount: 1 }), id)),
  })
