/** The customer card: who a customer is, and what they have ordered so far. */
import type { Schema } from "effect"
import { Projection } from "leftfold/projections"
import { Orders } from "../orders/contract.ts"
import { CardRow, Customers } from "./contract.ts"

type Card = Schema.Struct.Type<typeof CardRow>

const guest = (id: string): Card => ({
  ...{ id, standing: "guest", placed: 0, completed: 0, cancelled: 0, lifetimeValue: 0 },
})

/** One row per customer; the events of orders name their customer. */
export const CustomerCard = Projection.define("customers.customer-card", {
  from: [Customers, Orders],
  row: CardRow,
  key: {
    column: "id",
    of: ({ data }, { id }) => "customer" in data ? data.customer : id,
  },
  indexes: ["lifetimeValue"],
  on: {
    CustomerRegistered: (card, { name, address }, { id }) => ({
      ...(card ?? guest(id)),
      ...{ name, address, standing: "registered" },
    }),
    CustomerRenamed: (card, { name }) => card && { ...card, name },
    AddressChanged: (card, { address }) => card && { ...card, address },
    CustomerClosed: (card) => card && { ...card, standing: "closed" },
    OrderPlaced(card, { customer }) {
      const before = card ?? guest(customer)
      return { ...before, placed: before.placed + 1 }
    },
    OrderCompleted: (card, { total }) =>
      card &&
      {
        ...card,
        completed: card.completed + 1,
        lifetimeValue: card.lifetimeValue + total,
      },
    OrderCancelled: (card) => card && { ...card, cancelled: card.cancelled + 1 },
  },
})
