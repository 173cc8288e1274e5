//! What is seen of a model, of a record, and of what a filter found.

use std::sync::Arc;

use super::conditions::Of;
use crate::testing::{EMPTY, catalog};
use crate::{
    AccessSchema, Auto, Catalog, Comparison, Condition, Credential, Expr, FieldAccess, FieldSchema, Identity, Literal,
    ModelSchema, Policy, PolicySchema, Position, Predicate, Principal, Reader, Right, Row, Timestamp, Value,
};

const TITLE: usize = 1;
const SECRET: usize = 3;
const DIARY: usize = 4;

/// Read where it is open, or by its owner, who alone sees the secret; the diary is for whoever sees the record because it is open.
static PAPER: ModelSchema = ModelSchema {
    name: "Paper",
    table: "papers",
    path: "papers",
    fields: &[
        FieldSchema { auto: Some(Auto::Sequence), ..FieldSchema::of::<i64>("number") },
        FieldSchema::of::<String>("title"),
        FieldSchema { access: FieldAccess { owner: true, ..FieldAccess::OPEN }, ..FieldSchema::of::<String>("holder") },
        FieldSchema {
            access: FieldAccess { read: Some(&Policy::Owner), ..FieldAccess::OPEN },
            ..FieldSchema::of::<String>("secret")
        },
        FieldSchema {
            access: FieldAccess { read: Some(&READ), ..FieldAccess::OPEN },
            ..FieldSchema::of::<String>("diary")
        },
    ],
    key: &[0],
    access: AccessSchema::Rules(&PolicySchema { rules: &[(Right::Read, READ)], ..PolicySchema::CLOSED }),
    ..EMPTY
};

const READ: Policy = Policy::All(&[Policy::Authenticated, Policy::Any(&[Policy::Owner, IS_OPEN])]);
const IS_OPEN: Policy =
    Policy::Test(Expr::Compare(&Expr::Field("title"), Comparison::Equal, &Expr::Literal(Literal::Text("open"))));

fn paper(title: &str) -> Vec<Value> {
    let text = |text: &str| Value::Text(text.to_owned());
    vec![Value::Int(1), text(title), text("ann"), text("canary"), text("dear diary")]
}

fn reader(catalog: &Arc<Catalog>, who: Option<&str>) -> Reader {
    let who = who.map(|who| Principal::from(Identity::new(Credential::Session, who)));
    Reader::new(catalog, who.unwrap_or_default(), Timestamp::from_micros(0))
}

#[test]
fn a_record_is_seen_with_the_fields_that_are_seen_in_it() {
    let catalog = Arc::new(catalog(&[&PAPER]));
    let seen = |who: Option<&str>, title: &str| {
        let values = paper(title);
        let bytes = catalog.models[0].encode_row(&values);
        let row = Arc::new(Row { revision: 1, position: Position::new(1), bytes: bytes.into() });
        let visible = reader(&catalog, who).sight(0).visible(&row, &Of(&values))?;
        let redacted: Vec<usize> = (0..values.len()).filter(|&place| visible.redacts(place)).collect();
        assert_eq!((visible.redacted(), &visible.row().bytes), (&redacted[..], &row.bytes));
        Some(redacted)
    };
    assert_eq!(seen(Some("ann"), "closed"), Some(vec![]));
    assert_eq!(seen(Some("bob"), "open"), Some(vec![SECRET]));
    assert_eq!(seen(Some("bob"), "closed"), None);
    assert_eq!(seen(None, "open"), None);
}

/// Of what is seen in no record, nothing is known: neither is it asked about.
#[test]
fn a_field_is_known_to_whom_it_is_shown_in_some_record() {
    let catalog = Arc::new(catalog(&[&PAPER]));
    let knows = |who: Option<&str>| {
        let reader = reader(&catalog, who);
        let knows = (0..PAPER.fields.len()).filter(|&place| reader.sight(0).knows(place)).collect::<Vec<_>>();
        (reader.knows(0), knows)
    };
    assert_eq!(knows(Some("bob")), (true, vec![0, TITLE, 2, SECRET, DIARY]));
    assert_eq!(knows(None), (false, vec![0, TITLE, 2]));
    // What is asked of the record is not asked of its field again.
    let reader = reader(&catalog, Some("bob"));
    assert_eq!(*reader.sight(0).field(DIARY), Condition::Always);
    assert!(matches!(reader.sight(0).field(SECRET), Condition::When(_)));
}

/// Of a model that is for everybody by a rule, everything is seen at once: what changed needs no record to be asked.
#[test]
fn what_everybody_sees_is_seen_whole() {
    static PUBLIC: ModelSchema = ModelSchema {
        access: AccessSchema::Rules(&PolicySchema { rules: &[(Right::Read, Policy::Public)], ..PolicySchema::CLOSED }),
        ..super::NOTE
    };
    let public = Arc::new(catalog(&[&PUBLIC]));
    assert!(reader(&public, None).sight(0).whole(b"patch").is_some_and(|fields| fields.is_whole()));
    let papers = Arc::new(catalog(&[&PAPER]));
    assert!(reader(&papers, Some("ann")).sight(0).whole(b"patch").is_none());
}

/// A filter that asks for what is seen finds nothing else; any other one is asked, record by record, whether it is seen.
#[test]
fn what_a_filter_found_is_seen_if_the_filter_asked_for_it() {
    let catalog = Arc::new(catalog(&[&PAPER]));
    let reader = reader(&catalog, Some("bob"));
    let sight = reader.sight(0);
    let rows = sight.rows().predicate().expect("not every record is seen");
    let other = Predicate::Not(Box::new(rows.clone()));
    let asks = |filter: Option<&Predicate>| *sight.of_found(filter).rows() == Condition::Always;
    assert!(asks(Some(&rows)));
    assert!(asks(reader.among(0, None).as_ref()));
    assert!(asks(reader.among(0, Some(other.clone())).as_ref()));
    assert!(asks(Some(&Predicate::All(vec![other.clone(), Predicate::All(vec![rows.clone(), other.clone()])]))));
    assert!(!asks(None));
    assert!(!asks(Some(&other)));
    assert!(!asks(Some(&Predicate::All(vec![other.clone(), other.clone()]))));
    assert!(!asks(Some(&Predicate::Any(vec![rows, other]))));
}
