//! The shop's employees, who report to each other, and its customers.

use lithair_core::prelude::*;

#[derive(DeclarativeModel)]
#[permission(all = public)]
pub struct Employee {
    #[db(primary_key)]
    #[http(rename = "EmployeeId")]
    pub employee_id: i64,
    #[http(rename = "LastName", validate(len(1..=20)), filter, sort)]
    pub last_name: String,
    #[http(rename = "FirstName", validate(len(1..=20)), filter, sort)]
    pub first_name: String,
    #[http(rename = "Title", validate(len(..=30)), filter)]
    pub title: Option<String>,
    #[relation(belongs_to = Employee, on_delete = set_null)]
    #[http(rename = "ReportsTo", filter, sort)]
    pub reports_to: Option<Id<Employee>>,
    #[http(rename = "BirthDate", filter, sort)]
    pub birth_date: Option<Timestamp>,
    #[http(rename = "HireDate", filter, sort)]
    pub hire_date: Option<Timestamp>,
    #[http(rename = "Address", validate(len(..=70)))]
    pub address: Option<String>,
    #[http(rename = "City", validate(len(..=40)), filter)]
    pub city: Option<String>,
    #[http(rename = "State", validate(len(..=40)), filter)]
    pub state: Option<String>,
    #[http(rename = "Country", validate(len(..=40)), filter)]
    pub country: Option<String>,
    #[http(rename = "PostalCode", validate(len(..=10)))]
    pub postal_code: Option<String>,
    #[http(rename = "Phone", validate(len(..=24)))]
    pub phone: Option<String>,
    #[http(rename = "Fax", validate(len(..=24)))]
    pub fax: Option<String>,
    #[db(unique(ci))]
    #[http(rename = "Email", validate(email, len(..=60)), filter, sort)]
    pub email: String,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
pub struct Customer {
    #[db(primary_key)]
    #[http(rename = "CustomerId")]
    pub customer_id: i64,
    #[http(rename = "FirstName", validate(len(1..=40)), filter, sort)]
    pub first_name: String,
    #[http(rename = "LastName", validate(len(1..=20)), filter, sort)]
    pub last_name: String,
    #[http(rename = "Company", validate(len(..=80)), filter)]
    pub company: Option<String>,
    #[http(rename = "Address", validate(len(..=70)))]
    pub address: Option<String>,
    #[http(rename = "City", validate(len(..=40)), filter)]
    pub city: Option<String>,
    #[http(rename = "State", validate(len(..=40)), filter)]
    pub state: Option<String>,
    #[http(rename = "Country", validate(len(..=40)), filter, sort)]
    pub country: Option<String>,
    #[http(rename = "PostalCode", validate(len(..=10)))]
    pub postal_code: Option<String>,
    #[http(rename = "Phone", validate(len(..=24)))]
    pub phone: Option<String>,
    #[http(rename = "Fax", validate(len(..=24)))]
    pub fax: Option<String>,
    #[db(unique(ci))]
    #[http(rename = "Email", validate(email, len(..=60)), filter, sort)]
    pub email: String,
    #[relation(belongs_to = Employee, on_delete = set_null)]
    #[http(rename = "SupportRepId", filter, sort)]
    pub support_rep_id: Option<Id<Employee>>,
}
