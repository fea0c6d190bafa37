/** The Protobuf numbers of payments.payment, written by leftfold schema proto: do not edit. */
export const numbers = JSON.parse(String.raw`{
  "messages": {
    "ConfirmPayment": { "fields": [] },
    "TakePayment": { "fields": [
        {"number":1,"name":"amount","kind":"int64"}
      ] },
    "DeclinePayment": { "fields": [
        {"number":1,"name":"reason","kind":"string"}
      ] },
    "RefundPayment": { "fields": [] },
    "ConfirmRefund": { "fields": [] },
    "PaymentRequested": { "fields": [
        {"number":1,"name":"amount","kind":"int64"}
      ] },
    "PaymentTaken": { "fields": [
        {"number":1,"name":"amount","kind":"int64"}
      ] },
    "PaymentDeclined": { "fields": [
        {"number":1,"name":"amount","kind":"int64"},
        {"number":2,"name":"reason","kind":"string"}
      ] },
    "PaymentWithdrawn": { "fields": [] },
    "RefundRequested": { "fields": [
        {"number":1,"name":"amount","kind":"int64"}
      ] },
    "PaymentRefunded": { "fields": [
        {"number":1,"name":"amount","kind":"int64"}
      ] }
  }
}`)
