/** The rules of customers. */
import { Rules, type User } from "leftfold/app"
import { isStaff, staff } from "../users/contract.ts"
import { BestCustomers, Customers } from "./contract.ts"
import { CustomerCard } from "./customer-card.ts"

const themselves = ({ user, id }: { readonly user: User; readonly id: string }): boolean =>
  isStaff(user) || user.id === id

/** Customers are who signs in: each may change and read themselves, and staff everybody. */
export const rules = [
  Rules.actor(Customers, {
    RegisterCustomer: themselves,
    RenameCustomer: themselves,
    ChangeAddress: themselves,
    CloseCustomer: themselves,
  }, { state: themselves, history: themselves }),
  Rules.view(CustomerCard, ({ user }) => isStaff(user) || { id: user.id }),
  Rules.query(BestCustomers, staff),
]
