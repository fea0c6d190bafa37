/** The language of customers. */
import { Schema } from "effect"
import { Contract, Query } from "leftfold/contracts"

const person = { name: Schema.NonEmptyString, address: Schema.NonEmptyString }

/** Texts that strangers send have an end. */
const Name = Schema.NonEmptyString.check(Schema.isMaxLength(200))
const Address = Schema.NonEmptyString.check(Schema.isMaxLength(500))

/** What can be said of a customer. */
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
})

/** A customer's card. Who orders without having registered has one as well, without a name. */
export const CardRow = {
  id: Schema.String,
  name: Schema.optionalKey(Schema.String),
  address: Schema.optionalKey(Schema.String),
  standing: Schema.Literals(["guest", "registered", "closed"]),
  /** How many orders were placed, and how many of them completed or cancelled. */
  placed: Schema.Int,
  completed: Schema.Int,
  cancelled: Schema.Int,
  /** What the completed ones were worth together, in cents. */
  lifetimeValue: Schema.Int,
}

/** The ten customers who have bought for most. */
export const BestCustomers = Query.define("customers.best-customers", {
  params: {},
  result: Schema.Array(Schema.Struct(CardRow)),
})
