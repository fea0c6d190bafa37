/** The language of customers. */
import { Schema } from "effect"
import { Contract, Query } from "leftfold/contracts"
import { numbers } from "../schemas/proto/customers.customer.ts"

const person = { name: Schema.NonEmptyString, address: Schema.NonEmptyString }

/** Texts from strangers are limited. */
const Name = Schema.NonEmptyString.check(Schema.isMaxLength(200))
const Address = Schema.NonEmptyString.check(Schema.isMaxLength(500))

/** The contract of a customer. */
export const Customers = Contract.define("customers.customer", {
  commands: {
    RegisterCustomer: { name: Name, address: Address },
    RenameCustomer: { name: Name },
    ChangeAddress: { address: Address },
    CloseCustomer: {},
  },
  events: {
    CustomerRegistered: person,
    CustomerRenamed: { name: Schema.NonEmptyString },
    AddressChanged: { address: Schema.NonEmptyString },
    CustomerClosed: {},
  },
  rejections: { AlreadyRegistered: {}, NotRegistered: {} },
  protobuf: numbers,
})

/** A customer's card. A customer who orders without registering gets a card without a name. */
export const CardRow = {
  id: Schema.String,
  name: Schema.optionalKey(Schema.String),
  address: Schema.optionalKey(Schema.String),
  standing: Schema.Literals(["guest", "registered", "closed"]),
  /** How many orders were placed, completed and cancelled. */
  placed: Schema.Int,
  completed: Schema.Int,
  cancelled: Schema.Int,
  /** The worth of all completed orders, in cents. */
  lifetimeValue: Schema.Int,
}

/** The ten customers whose completed orders are worth the most. */
export const BestCustomers = Query.define("customers.best-customers", {
  params: {},
  result: Schema.Array(Schema.Struct(CardRow)),
})
