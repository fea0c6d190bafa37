/** The shop's composition root: the one file that knows everything. */
import { App } from "leftfold/app"
import { bestCustomers } from "./customers/best-customers.ts"
import { CustomerCard } from "./customers/customer-card.ts"
import { CustomerActor } from "./customers/customer.ts"
import { Carrier } from "./delivery/carrier.ts"
import { DeliveryActor } from "./delivery/delivery.ts"
import { CheckoutReports } from "./orders/checkout-reports.ts"
import { checkoutSteps, type TimeToPay } from "./orders/checkout-steps.ts"
import { CheckoutActor } from "./orders/checkout.ts"
import { OrderDetail } from "./orders/order-detail.ts"
import { OrderList } from "./orders/order-list.ts"
import { Order } from "./orders/order.ts"
import { ordersInState } from "./orders/orders-in-state.ts"
import { ordersOfCustomer } from "./orders/orders-of-customer.ts"
import { SalesPerDay } from "./orders/sales-per-day.ts"
import { sales } from "./orders/sales.ts"
import { collection } from "./payments/collection.ts"
import { PaymentList } from "./payments/payment-list.ts"
import { Payment } from "./payments/payment.ts"
import { fakeProvider } from "./payments/provider-fake.ts"
import { paymentTotals } from "./payments/totals.ts"
import { Catalogue } from "./products/catalogue.ts"
import { Product } from "./products/product.ts"
import { productsForSale } from "./products/products-for-sale.ts"
import { ItemActor } from "./stock/item.ts"
import { movements } from "./stock/movements.ts"
import { StockLedger } from "./stock/stock-ledger.ts"
import { StockLevel } from "./stock/stock-level.ts"
import { totals } from "./stock/totals.ts"

/** The shop, with as much time to pay as it gives. */
export const shopWith = (timeToPay?: TimeToPay) =>
  App.define("shop", {
    actors: [Order, CheckoutActor, CustomerActor, Product, ItemActor, Payment, DeliveryActor],
    projections: [
      ...[OrderList, OrderDetail, SalesPerDay, CustomerCard],
      ...[Catalogue, StockLevel, StockLedger, PaymentList],
    ],
    queries: [
      ...[ordersOfCustomer, ordersInState, sales, bestCustomers],
      ...[productsForSale, movements, totals, paymentTotals],
    ],
    site: new URL("./page/", import.meta.url),
    policies: [CheckoutReports, checkoutSteps(timeToPay), collection(fakeProvider()), Carrier],
  })

/** The shop. */
export const shop = shopWith()

await App.main(shop, import.meta.url)
