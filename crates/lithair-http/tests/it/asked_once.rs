//! A rule that leads to other records is asked once of each record, however it comes to be shown: counted in questions to the records.

use lithair_model::{AccessSchema, FieldSchema, ModelSchema, OnDelete, Policy, PolicySchema, RelationSchema, Right};

use crate::client::Service;

static SHOP: ModelSchema = ModelSchema {
    name: "Shop",
    table: "shops",
    path: "shops",
    fields: &[FieldSchema::of::<i64>("id"), FieldSchema::of::<bool>("open")],
    key: &[0],
    access: AccessSchema::Rules(&PolicySchema {
        rules: &[(Right::Read, Policy::Test(lithair_model::Expr::Field("open"))), (Right::Create, Policy::Public)],
        ..PolicySchema::CLOSED
    }),
    ..ModelSchema::PLAIN
};

/// Seen, and its price too, by whoever sees the shop.
static WARE: ModelSchema = ModelSchema {
    name: "Ware",
    table: "wares",
    path: "wares",
    fields: &[
        FieldSchema::of::<i64>("id"),
        FieldSchema::of::<i64>("shop_id"),
        FieldSchema {
            access: lithair_model::FieldAccess { read: Some(&SEES_THE_SHOP), ..lithair_model::FieldAccess::OPEN },
            ..FieldSchema::of::<i64>("price")
        },
    ],
    key: &[0],
    relations: &[RelationSchema { name: "shop", fields: &[1], target: || &SHOP, on_delete: OnDelete::Restrict }],
    access: AccessSchema::Rules(&PolicySchema {
        rules: &[(Right::Read, SEES_THE_SHOP), (Right::Create, Policy::Public), (Right::Export, Policy::Public)],
        ..PolicySchema::CLOSED
    }),
    ..ModelSchema::PLAIN
};

const SEES_THE_SHOP: Policy = Policy::Check("shop", Right::Read);

const WARES: usize = 5;

#[test]
fn a_rule_that_leads_elsewhere_is_asked_once_of_each_record() {
    let service = Service::of(vec![&SHOP, &WARE], |_| ());
    let make = |path: &str, body: String| {
        let made = service.send(&format!("POST /api/{path}\n\n{body}"));
        assert_eq!(made.status, 201, "{}", made.text());
    };
    make("shops", r#"{"id":1,"open":true}"#.to_owned());
    make("shops", r#"{"id":2,"open":false}"#.to_owned());
    for id in 1..=WARES {
        make("wares", format!(r#"{{"id":{id},"shop_id":{},"price":{id}}}"#, if id == 3 { 2 } else { 1 }));
    }
    for (what, head) in [("list", ""), ("export", "accept: application/x-ndjson\n")] {
        service.backend.take_asked();
        let answer = service.send(&format!("GET /api/wares\n{head}"));
        let text = answer.text();
        assert_eq!(answer.status, 200, "{what}: {text}");
        assert_eq!(text.matches("\"price\"").count(), WARES - 1, "{what}: {text}");
        let looked_up = service.backend.take_asked().into_iter().filter(|asked| *asked == "row").count();
        assert_eq!(looked_up, WARES, "{what}: a look-up of the shop for each ware, and no more");
    }
}
