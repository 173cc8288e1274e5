use lithair_model::{Kind, Operand, Predicate, Timestamp, Value};

/// The predicate with every `@now` replaced by this time.
///
/// So the pages of a list ask the same question, whenever they are asked for, and whoever answers needs no clock.
pub(super) fn fixed(predicate: Predicate, now: Timestamp) -> Predicate {
    let all = |parts: Vec<Predicate>| parts.into_iter().map(|part| fixed(part, now)).collect();
    match predicate {
        Predicate::All(parts) => Predicate::All(all(parts)),
        Predicate::Any(parts) => Predicate::Any(all(parts)),
        Predicate::Not(inner) => Predicate::Not(Box::new(fixed(*inner, now))),
        Predicate::Compare { left, comparison, right, kind } => {
            Predicate::Compare { left: operand(left, &kind, now), comparison, right: operand(right, &kind, now), kind }
        }
        Predicate::In { operand: asked, values, kind } => {
            Predicate::In { operand: operand(asked, &kind, now), values, kind }
        }
        Predicate::Flag(asked) => Predicate::Flag(asked),
    }
}

fn operand(operand: Operand, kind: &Kind, now: Timestamp) -> Operand {
    match operand {
        Operand::Now(micros) => {
            let moment = now.plus_micros(micros);
            Operand::Value(match kind {
                Kind::Date => Value::Date(moment.date()),
                _ => Value::Timestamp(moment),
            })
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use lithair_model::Comparison;

    use super::*;

    #[test]
    fn every_now_becomes_the_time_of_asking() {
        let compare =
            |right, kind| Predicate::Compare { left: Operand::Field(0), comparison: Comparison::Less, right, kind };
        let now = Timestamp::from_micros(86_400_000_000);
        let asked = Predicate::Not(Box::new(Predicate::Any(vec![
            compare(Operand::Now(5), Kind::Timestamp),
            compare(Operand::Now(-1), Kind::Date),
        ])));
        let text = format!("{:?}", fixed(asked, now));
        assert!(!text.contains("Now"), "{text}");
        assert!(text.contains(&format!("{:?}", Value::Timestamp(now.plus_micros(5)))), "{text}");
        assert!(text.contains(&format!("{:?}", Value::Date(now.plus_micros(-1).date()))), "{text}");
    }
}
