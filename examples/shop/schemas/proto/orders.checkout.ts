/** The Protobuf numbers of orders.checkout, written by leftfold schema proto: do not edit. */
export const numbers = JSON.parse(String.raw`{
  "messages": {
    "BeginCheckout": { "fields": [
        {"number":1,"name":"customer","kind":"string"},
        {"number":2,"name":"address","kind":"string"},
        {"number":3,"name":"items","kind":"BeginCheckout.Items","label":"repeated"},
        {"number":4,"name":"amount","kind":"int64"}
      ] },
    "BeginCheckout.Items": { "fields": [
        {"number":1,"name":"sku","kind":"string"},
        {"number":2,"name":"quantity","kind":"int64"}
      ] },
    "NoteReserved": { "fields": [
        {"number":1,"name":"sku","kind":"string"}
      ] },
    "NoteShort": { "fields": [
        {"number":1,"name":"sku","kind":"string"}
      ] },
    "NotePaid": { "fields": [] },
    "NoteDeclined": { "fields": [
        {"number":1,"name":"reason","kind":"string"}
      ] },
    "NoteDispatched": { "fields": [] },
    "NoteDelivered": { "fields": [] },
    "NoteNotDispatched": { "fields": [] },
    "NoteReturned": { "fields": [
        {"number":1,"name":"reason","kind":"string"}
      ] },
    "ExpirePayment": { "fields": [] },
    "AbandonCheckout": { "fields": [
        {"number":1,"name":"reason","kind":"string"}
      ] },
    "CheckoutBegun": { "fields": [
        {"number":1,"name":"customer","kind":"string"},
        {"number":2,"name":"address","kind":"string"},
        {"number":3,"name":"items","kind":"CheckoutBegun.Items","label":"repeated"},
        {"number":4,"name":"amount","kind":"int64"}
      ] },
    "CheckoutBegun.Items": { "fields": [
        {"number":1,"name":"sku","kind":"string"},
        {"number":2,"name":"quantity","kind":"int64"}
      ] },
    "ItemReserved": { "fields": [
        {"number":1,"name":"sku","kind":"string"}
      ] },
    "StockSecured": { "fields": [
        {"number":1,"name":"amount","kind":"int64"}
      ] },
    "PaymentSecured": { "fields": [
        {"number":1,"name":"customer","kind":"string"},
        {"number":2,"name":"address","kind":"string"},
        {"number":3,"name":"items","kind":"PaymentSecured.Items","label":"repeated"}
      ] },
    "PaymentSecured.Items": { "fields": [
        {"number":1,"name":"sku","kind":"string"},
        {"number":2,"name":"quantity","kind":"int64"}
      ] },
    "GoodsDispatched": { "fields": [
        {"number":1,"name":"items","kind":"GoodsDispatched.Items","label":"repeated"}
      ] },
    "GoodsDispatched.Items": { "fields": [
        {"number":1,"name":"sku","kind":"string"},
        {"number":2,"name":"quantity","kind":"int64"}
      ] },
    "CheckoutCompleted": { "fields": [] },
    "CheckoutAbandoned": { "fields": [
        {"number":1,"name":"reason","kind":"string"},
        {"number":2,"name":"reserved","kind":"CheckoutAbandoned.Reserved","label":"repeated"},
        {"number":3,"name":"payment","kind":"bool"},
        {"number":4,"name":"delivery","kind":"bool"}
      ] },
    "CheckoutAbandoned.Reserved": { "fields": [
        {"number":1,"name":"sku","kind":"string"},
        {"number":2,"name":"quantity","kind":"int64"}
      ] },
    "ItemsReleased": { "fields": [
        {"number":1,"name":"items","kind":"ItemsReleased.Items","label":"repeated"}
      ] },
    "ItemsReleased.Items": { "fields": [
        {"number":1,"name":"sku","kind":"string"},
        {"number":2,"name":"quantity","kind":"int64"}
      ] },
    "ItemsReturned": { "fields": [
        {"number":1,"name":"items","kind":"ItemsReturned.Items","label":"repeated"}
      ] },
    "ItemsReturned.Items": { "fields": [
        {"number":1,"name":"sku","kind":"string"},
        {"number":2,"name":"quantity","kind":"int64"}
      ] }
  }
}`)
