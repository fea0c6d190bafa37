/** Tests of customers and their cards. */
import { given, happened, test } from "leftfold/testing"
import { Orders } from "../orders/contract.ts"
import { Customers } from "./contract.ts"
import { CustomerCard } from "./customer-card.ts"
import { CustomerActor } from "./customer.ts"

const { RegisterCustomer, RenameCustomer, ChangeAddress, CloseCustomer } = Customers.commands
const { CustomerRegistered, CustomerRenamed, AddressChanged, CustomerClosed } = Customers.events
const { AlreadyRegistered, NotRegistered } = Customers.rejections

const person = { name: "Ada", address: "1 Main St" }
const registered = CustomerRegistered(person)
const closed = CustomerClosed()

test("a customer registers once", () => {
  given(CustomerActor).when(RegisterCustomer(person)).then(registered)
  given(CustomerActor, registered)
    .when(RegisterCustomer(person))
    .thenRejected(AlreadyRegistered())
})

test("a customer may change name and address until they are closed", () => {
  const rename = RenameCustomer({ name: "Ada L" })
  const move = ChangeAddress({ address: "2 Main St" })
  given(CustomerActor, registered).when(rename).then(CustomerRenamed({ name: "Ada L" }))
  given(CustomerActor, registered).when(move).then(AddressChanged({ address: "2 Main St" }))
  given(CustomerActor, registered).when(RenameCustomer({ name: "Ada" })).thenNothing()
  for (const command of [rename, move]) {
    given(CustomerActor).when(command).thenRejected(NotRegistered())
    given(CustomerActor, registered, closed).when(command).thenRejected(NotRegistered())
  }
})

test("a customer is closed once", () => {
  given(CustomerActor, registered).when(CloseCustomer()).then(closed)
  given(CustomerActor, registered, closed).when(CloseCustomer()).thenNothing()
  given(CustomerActor).when(CloseCustomer()).thenRejected(NotRegistered())
})

test("a card counts a customer's orders and what the completed ones were worth", () => {
  const { OrderPlaced, OrderCompleted, OrderCancelled } = Orders.events
  const customer = "ada"
  const placed = OrderPlaced({ customer, lines: [], total: 900 })
  const counts = { placed: 2, completed: 1, cancelled: 1, lifetimeValue: 900 }
  const orders = [
    happened("o-1", placed),
    happened("o-2", placed),
    happened("o-1", OrderCompleted({ customer, total: 900 })),
    happened("o-2", OrderCancelled({ customer, reason: "late" })),
  ]
  given(CustomerCard, ...orders).thenRow("ada", { id: "ada", standing: "guest", ...counts })
  given(CustomerCard, ...orders, happened("ada", registered), happened("ada", closed))
    .thenRow("ada", { id: "ada", ...person, standing: "closed", ...counts })
})
