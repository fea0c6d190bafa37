/** The Protobuf numbers of orders.order, written by leftfold schema proto: do not edit. */
export const numbers = JSON.parse(String.raw`{
  "messages": {
    "PlaceOrder": { "fields": [
        {"number":1,"name":"customer","kind":"string"},
        {"number":2,"name":"address","kind":"string"},
        {"number":3,"name":"lines","kind":"PlaceOrder.Lines","label":"repeated"}
      ] },
    "PlaceOrder.Lines": { "fields": [
        {"number":1,"name":"sku","kind":"string"},
        {"number":2,"name":"quantity","kind":"int64"},
        {"number":3,"name":"price","kind":"int64"}
      ] },
    "CancelOrder": { "fields": [
        {"number":1,"name":"reason","kind":"string"}
      ] },
    "CompleteOrder": { "fields": [] },
    "OrderPlaced": { "fields": [
        {"number":1,"name":"customer","kind":"string"},
        {"number":2,"name":"address","kind":"string"},
        {"number":3,"name":"lines","kind":"OrderPlaced.Lines","label":"repeated"},
        {"number":4,"name":"total","kind":"int64"}
      ] },
    "OrderPlaced.Lines": { "fields": [
        {"number":1,"name":"sku","kind":"string"},
        {"number":2,"name":"quantity","kind":"int64"},
        {"number":3,"name":"price","kind":"int64"}
      ] },
    "OrderCancelled": { "fields": [
        {"number":1,"name":"customer","kind":"string"},
        {"number":2,"name":"reason","kind":"string"}
      ] },
    "OrderCompleted": { "fields": [
        {"number":1,"name":"customer","kind":"string"},
        {"number":2,"name":"total","kind":"int64"}
      ] },
    "AlreadyPlaced": { "fields": [] },
    "NotPlaced": { "fields": [] },
    "AlreadyCompleted": { "fields": [] },
    "AbandonOrder": { "fields": [
        {"number":1,"name":"reason","kind":"string"}
      ] },
    "NotYours": { "fields": [] }
  }
}`)
