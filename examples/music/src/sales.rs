//! Invoices and their lines.

use lithair_core::prelude::*;

use crate::catalogue::Track;
use crate::people::Customer;

#[derive(DeclarativeModel)]
#[permission(all = public)]
pub struct Invoice {
    #[db(primary_key)]
    #[http(rename = "InvoiceId")]
    pub invoice_id: i64,
    #[relation(belongs_to = Customer, on_delete = restrict)]
    #[http(rename = "CustomerId", filter, sort)]
    pub customer_id: Id<Customer>,
    #[db(index)]
    #[http(rename = "InvoiceDate", filter, sort)]
    pub invoice_date: Timestamp,
    #[http(rename = "BillingAddress", validate(len(..=70)))]
    pub billing_address: Option<String>,
    #[http(rename = "BillingCity", validate(len(..=40)), filter)]
    pub billing_city: Option<String>,
    #[http(rename = "BillingState", validate(len(..=40)), filter)]
    pub billing_state: Option<String>,
    #[http(rename = "BillingCountry", validate(len(..=40)), filter, sort)]
    pub billing_country: Option<String>,
    #[http(rename = "BillingPostalCode", validate(len(..=10)))]
    pub billing_postal_code: Option<String>,
    #[db(decimal(10, 2))]
    #[http(rename = "Total", validate(gte(0)), filter, sort)]
    pub total: Decimal,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
pub struct InvoiceLine {
    #[db(primary_key)]
    #[http(rename = "InvoiceLineId")]
    pub invoice_line_id: i64,
    #[relation(belongs_to = Invoice, on_delete = cascade)]
    #[http(rename = "InvoiceId", filter, sort)]
    pub invoice_id: Id<Invoice>,
    #[relation(belongs_to = Track, on_delete = restrict)]
    #[http(rename = "TrackId", filter, sort)]
    pub track_id: Id<Track>,
    #[db(decimal(10, 2))]
    #[http(rename = "UnitPrice", validate(gte(0)), filter, sort)]
    pub unit_price: Decimal,
    #[http(rename = "Quantity", validate(gt(0)), filter, sort)]
    pub quantity: i64,
}
