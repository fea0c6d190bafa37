/** A customer: registered, renamed, moved, and closed. */
import { Actor } from "leftfold/actors"
import { Customers } from "./contract.ts"

const { CustomerRegistered, CustomerRenamed, AddressChanged, CustomerClosed } = Customers.events
const { AlreadyRegistered, NotRegistered } = Customers.rejections

/** The state of a customer. */
export interface Customer {
  readonly state: "none" | "registered" | "closed"
  readonly name: string
  readonly address: string
}

const initial: Customer = { state: "none", name: "", address: "" }

/** The actor of a customer. */
export const CustomerActor = Actor.define(Customers, {
  initial,
  decide: {
    RegisterCustomer: ({ state }, person) =>
      state === "none" ? CustomerRegistered(person) : AlreadyRegistered(),
    RenameCustomer({ state, name: before }, { name }) {
      if (state !== "registered") return NotRegistered()
      return name === before ? [] : CustomerRenamed({ name })
    },
    ChangeAddress({ state, address: before }, { address }) {
      if (state !== "registered") return NotRegistered()
      return address === before ? [] : AddressChanged({ address })
    },
    CloseCustomer({ state }) {
      if (state === "none") return NotRegistered()
      return state === "closed" ? [] : CustomerClosed()
    },
  },
  evolve: {
    CustomerRegistered: (_, person) => ({ ...person, state: "registered" }),
    CustomerRenamed: (customer, { name }) => ({ ...customer, name }),
    AddressChanged: (customer, { address }) => ({ ...customer, address }),
    CustomerClosed: (customer) => ({ ...customer, state: "closed" }),
  },
})
