//! What predicates say of themselves.

mod reckon;

use super::*;
use crate::Function;

fn less(left: Operand, right: Operand, kind: Kind) -> Predicate {
    Predicate::Compare { left, comparison: Comparison::Less, right, kind }
}

#[test]
fn every_now_becomes_the_time_of_asking() {
    let now = Timestamp::from_micros(86_400_000_000);
    let way = Way::In { model: 1, relation: 0 };
    let asked = |later: Operand, yesterday: Operand| {
        let own = less(Operand::Field(0), later.clone(), Kind::Timestamp);
        let via = less(Operand::Via(way, Box::new(Operand::Field(0))), later, Kind::Timestamp);
        let inner = Box::new(less(Operand::Field(0), yesterday, Kind::Date));
        Predicate::Not(Box::new(Predicate::Any(vec![own, via, Predicate::Related { way, inner }])))
    };
    let later = Operand::Value(Value::Timestamp(now.plus_micros(5)));
    let yesterday = Operand::Value(Value::Date(now.plus_micros(-1).date()));
    assert_eq!(asked(Operand::Now(5), Operand::Now(-1)).fixed(now), asked(later, yesterday));
}

#[test]
fn what_asks_about_other_records_says_so() {
    let way = Way::Out { model: 0, relation: 0 };
    let length = |of: Operand| Operand::Call(Function::Len, Box::new(of));
    assert!(!length(Operand::Field(0)).follows());
    assert!(length(Operand::Via(way, Box::new(Operand::Field(0)))).follows());
}
