//! Lines of the engine, and what is put in their place: each a mistake that somebody could make.

/// A mistake.
pub(super) struct Mutant {
    /// In words.
    pub(super) what: &'static str,
    /// The test of `model_tests!` that is asked first, by the beginning of its name.
    pub(super) test: &'static str,
    /// The file, below the project's folder.
    pub(super) file: &'static str,
    /// An expression that is there once; between `⟦` and `⟧` if others are alike, with what stands around it.
    pub(super) from: &'static str,
    /// The expression that stands there instead.
    pub(super) to: &'static str,
}

impl Mutant {
    /// The text that is there once.
    pub(super) fn replaced(&self) -> String {
        self.from.replace(['⟦', '⟧'], "")
    }

    /// The text with both expressions.
    pub(super) fn switched(&self, number: usize) -> String {
        let (before, rest) = self.from.split_once('⟦').unwrap_or(("", self.from));
        let (right, after) = rest.split_once('⟧').unwrap_or((rest, ""));
        format!("{before}(if lithair_model::is_mutant({number}) {{ {} }} else {{ {right} }}){after}", self.to)
    }
}

const fn mutant(
    what: &'static str,
    test: &'static str,
    file: &'static str,
    from: &'static str,
    to: &'static str,
) -> Mutant {
    Mutant { what, test, file, from, to }
}

/// All of them.
pub(super) const MUTANTS: &[Mutant] = &[
    mutant(
        "hooks hear of creates alone",
        "hooks_have",
        "crates/lithair-core/src/follow/happenings.rs",
        "self.on.iter().any(|what| !matches!(what, AfterWhat::Create | AfterWhat::Event(_)))",
        "self.on.is_empty()",
    ),
    mutant(
        "going out of sight is nothing that happens",
        "hooks_have",
        "crates/lithair-core/src/follow/happenings.rs",
        "Some((AfterWhat::Delete, Happening::Record(is)))",
        "None",
    ),
    mutant(
        "hooks before a change are not asked",
        "hooks_have",
        "crates/lithair-state/src/decide/behaviour.rs",
        "if ⟦is_asked⟧ {",
        "is_asked && before.is_some() && entry.schema.hooks_before.is_empty()",
    ),
    mutant(
        "a fold of an update is given what is, twice",
        "projections_are",
        "crates/lithair-core/src/follow/happenings.rs",
        "Some((AfterWhat::Update, Happening::Changed { was, is }))",
        "Some((AfterWhat::Update, Happening::Changed { was: is.clone(), is }))",
    ),
    mutant(
        "a lower bound is excluded",
        "rules_hold",
        "crates/lithair-model/src/validation/rules/bounds.rs",
        "is(kind, value, min, &[Ordering::Greater, Ordering::Equal])",
        "is(kind, value, min, &[Ordering::Greater])",
    ),
    mutant(
        "an upper bound is excluded",
        "rules_hold",
        "crates/lithair-model/src/validation/rules/bounds.rs",
        "is(kind, value, max, &[Ordering::Less, Ordering::Equal])",
        "is(kind, value, max, &[Ordering::Less])",
    ),
    mutant(
        "gt includes its bound",
        "rules_hold",
        "crates/lithair-model/src/validation/rules.rs",
        "bounds::is(kind, value, bound, &[Ordering::Greater])",
        "bounds::is(kind, value, bound, &[Ordering::Greater, Ordering::Equal])",
    ),
    mutant(
        "lt includes its bound",
        "rules_hold",
        "crates/lithair-model/src/validation/rules.rs",
        "bounds::is(kind, value, bound, &[Ordering::Less])",
        "bounds::is(kind, value, bound, &[Ordering::Less, Ordering::Equal])",
    ),
    mutant(
        "len excludes its upper bound",
        "rules_hold",
        "crates/lithair-model/src/validation/rules.rs",
        "size::count(value).is_none_or(|count| (*min..=*max).contains(&count))",
        "size::count(value).is_none_or(|count| (*min..*max).contains(&count))",
    ),
    mutant(
        "bytes are not counted",
        "rules_hold",
        "crates/lithair-model/src/validation/rules.rs",
        "(*min..=*max).contains(&(text.len() as u64))",
        "*max > 0 || text.len() as u64 == *min",
    ),
    mutant(
        "equal elements are taken",
        "rules_hold",
        "crates/lithair-model/src/validation/rules/twins.rs",
        "items.iter().any(|item| !seen.insert(Hashed(item)))",
        "items.iter().all(|item| !seen.insert(Hashed(item)))",
    ),
    mutant(
        "white space is not nothing",
        "rules_hold",
        "crates/lithair-model/src/validation/rules/size.rs",
        "text.trim().is_empty()",
        "text.is_empty()",
    ),
    mutant(
        "multiples are any number",
        "rules_hold",
        "crates/lithair-model/src/validation/rules/bounds.rs",
        "Value::Int(step)) => ⟦value % step == 0⟧",
        "value % step != 1",
    ),
    mutant(
        "starts_with looks anywhere",
        "rules_hold",
        "crates/lithair-model/src/validation/rules.rs",
        "text.starts_with(part)",
        "text.contains(part)",
    ),
    mutant(
        "the past is in the future",
        "rules_hold",
        "crates/lithair-model/src/validation/rules.rs",
        "is_none_or(|order| ⟦order == Ordering::Greater⟧)",
        "order != Ordering::Equal",
    ),
    mutant(
        "what is written once is written again",
        "what_does_not_change",
        "crates/lithair-model/src/validation.rs",
        "Mutability::WriteOnce if ⟦*before != Value::Null⟧",
        "*before == Value::Null",
    ),
    mutant(
        "what only grows only shrinks",
        "what_does_not_change",
        "crates/lithair-model/src/validation.rs",
        "Mutability::Monotonic if ⟦shrinks(field, before, after)⟧",
        "!shrinks(field, before, after)",
    ),
    mutant(
        "states are reached from anywhere",
        "states_change",
        "crates/lithair-model/src/validation.rs",
        "way.to == *to && way.from.contains(from)",
        "way.to == *to",
    ),
    mutant(
        "guards of states are open",
        "states_change",
        "crates/lithair-model/src/validation.rs",
        "guard.matches(after, now)",
        "guard.matches(after, now) || true",
    ),
    mutant(
        "checks that point at a field are not asked",
        "checks_hold",
        "crates/lithair-model/src/validation.rs",
        "if ⟦is_asked(*late) && !condition.matches(values, now)⟧ {",
        "is_asked(*late) && !condition.matches(values, now) && check.field.is_none()",
    ),
    mutant(
        "a change does not say when it was",
        "defaults_and",
        "crates/lithair-state/src/decide/candidate.rs",
        "if ⟦field.auto == Some(Auto::Updated)⟧ {",
        "field.auto == Some(Auto::Deleted) && field.optional && entry.schema.fields.is_empty()",
    ),
    mutant(
        "a patch changes nothing",
        "what_does_not_change",
        "crates/lithair-state/src/decide/candidate.rs",
        "values[*place] = ⟦merge_patch(&entry.schema.fields[*place], &before[*place], value)⟧;",
        "before[*place].clone()",
    ),
    mutant(
        "a delete nulls nothing",
        "deletes_do",
        "crates/lithair-state/src/decide/delete.rs",
        "if ⟦referrer.on_delete == OnDelete::Restrict⟧ {",
        "matches!(referrer.on_delete, OnDelete::Restrict | OnDelete::SetNull)",
    ),
    mutant(
        "a cascade stops",
        "deletes_do",
        "crates/lithair-state/src/decide/delete.rs",
        "matches!(referrer.on_delete, OnDelete::Cascade | OnDelete::Soft)",
        "matches!(referrer.on_delete, OnDelete::Soft)",
    ),
    mutant(
        "nothing goes out of sight with its target",
        "deletes_do",
        "crates/lithair-state/src/decide/trash.rs",
        "filter(|referrer| ⟦referrer.is_soft⟧)",
        "referrer.is_soft && referrer.model == usize::MAX",
    ),
    mutant(
        "callers set what they only read",
        "what_does_not_change",
        "crates/lithair-model/src/draft.rs",
        "        || ⟦field.exposure == Exposure::ReadOnly⟧\n        || field.access.owner",
        "false",
    ),
    mutant(
        "callers set what is hidden",
        "what_is_hidden",
        "crates/lithair-model/src/draft.rs",
        "model.schema.fields[place].exposure != Exposure::Hidden",
        "place < model.schema.fields.len()",
    ),
    mutant(
        "case always counts",
        "unique_values",
        "crates/lithair-model/src/key/of_model.rs",
        "if ⟦!schema.ignore_case⟧ {",
        "!schema.ignore_case || !values.is_empty()",
    ),
    mutant(
        "a lock is not asked for",
        "locks_hold",
        "crates/lithair-state/src/decide/target.rs",
        "if ⟦is_needed && !is_named⟧ {",
        "is_needed && !is_named && believed.is_some()",
    ),
    mutant(
        "another revision will do",
        "locks_hold",
        "crates/lithair-state/src/decide/target.rs",
        "revisions.contains(&revision)",
        "!revisions.is_empty() || revisions.contains(&revision)",
    ),
    mutant(
        "a version more is kept",
        "history_is",
        "crates/lithair-core/src/past/kept.rs",
        "is_none_or(|versions| ⟦self.count < versions⟧)",
        "self.count <= versions",
    ),
    mutant(
        "decimals have more digits",
        "rules_hold",
        "crates/lithair-model/src/draft/value.rs",
        "number.scale() <= places || number.normalize().scale() <= places",
        "number.scale() <= places + 1 || number.normalize().scale() <= places",
    ),
    mutant(
        "a new record may refer to nothing",
        "deletes_do",
        "crates/lithair-state/src/decide/judge.rs",
        "⟦(was.as_ref() != Some(&key))⟧.then_some((relation, key))",
        "(was.is_some() && was.as_ref() != Some(&key))",
    ),
    mutant(
        "what is deleted holds on to its unique value",
        "unique_values",
        "crates/lithair-state/src/decide/judge.rs",
        "condition.is_none_or(|condition| ⟦condition.matches(values, Timestamp::from_micros(0))⟧)",
        "!condition.matches(values, Timestamp::from_micros(0))",
    ),
    mutant(
        "what goes stays in the sum",
        "computed_fields",
        "crates/lithair-state/src/decide/computed.rs",
        "aggregate.shifted(total, &part, &Value::Null)",
        "aggregate.shifted(total, &Value::Null, &Value::Null)",
    ),
    mutant(
        "what is in the trash is counted",
        "computed_fields",
        "crates/lithair-state/src/decide/computed.rs",
        "filter(|_| ⟦!entry.is_deleted(values)⟧)",
        "true",
    ),
    mutant(
        "a record that was left keeps its sum",
        "computed_fields",
        "crates/lithair-state/src/decide/computed.rs",
        "let versions = ⟦touched.before.as_ref()⟧.map",
        "None",
    ),
    mutant(
        "an average is of one more",
        "computed_fields",
        "crates/lithair-model/src/predicate/aggregate.rs",
        "widened(&Value::Int(⟦self.count⟧), &Kind::Decimal)",
        "self.count + 1",
    ),
    mutant(
        "two records at once may have one unique value",
        "unique_values",
        "crates/lithair-state/src/guards.rs",
        "self.none_has(*model, *constraint, unique_index, value, Some(holder))",
        "self.none_has(*model, *constraint, unique_index, value, Some(holder)) || true",
    ),
    mutant(
        "two records at once may have one key",
        "unique_values",
        "crates/lithair-state/src/guards.rs",
        "Guard::Absent { model, key } => ⟦self.head(*model, key).is_none()⟧,",
        "true",
    ),
    mutant(
        "a create replaces",
        "unique_values",
        "crates/lithair-state/src/decide.rs",
        "if ⟦self.overlay.current(self.view, model, &key).is_some()⟧ {\n            return Err(RefusalReason::KeyTaken);",
        "self.overlay.current(self.view, model, &key).is_none() && self.operation == usize::MAX",
    ),
    mutant(
        "what comes, comes to nothing in the sum",
        "computed_fields",
        "crates/lithair-state/src/decide/computed.rs",
        "aggregate.shifted(total, &Value::Null, &part)",
        "aggregate.shifted(total, &Value::Null, &Value::Null)",
    ),
    mutant(
        "what comes counts twice in the sum",
        "computed_fields",
        "crates/lithair-state/src/decide/computed.rs",
        "aggregate.shifted(total, &Value::Null, &part)",
        "aggregate.shifted(total, &Value::Null, &part).and_then(|sum| aggregate.shifted(&sum, &Value::Null, &part))",
    ),
    mutant(
        "checks over sums are not asked",
        "computed_fields",
        "crates/lithair-state/src/decide/computed.rs",
        "touched.after.as_ref().filter(|_| ⟦touched.is_changed()⟧)",
        "touched.operation == usize::MAX",
    ),
    mutant(
        "a record in a state in which it stays is changed",
        "what_does_not_change",
        "crates/lithair-state/src/decide/judge.rs",
        "touched.after.as_ref().is_none_or(|after| ⟦entry.differs(before, after)⟧)",
        "entry.differs(before, after) && after.is_empty()",
    ),
    mutant(
        "what is in the trash is changed",
        "what_is_deleted",
        "crates/lithair-state/src/decide/target.rs",
        "if ⟦self.model(model).is_deleted(&found.0)⟧ { Err(RefusalReason::Deleted)",
        "self.model(model).is_deleted(&found.0) && found.0.is_empty()",
    ),
    mutant(
        "what is not in the trash is purged",
        "what_is_deleted",
        "crates/lithair-state/src/decide/trash.rs",
        "if ⟦!self.model(model).is_deleted(&values)⟧ {\n            return Err(RefusalReason::NotDeleted);",
        "!self.model(model).is_deleted(&values) && values.is_empty()",
    ),
    mutant(
        "what comes back stays out of sight",
        "what_is_deleted",
        "crates/lithair-state/src/decide/trash.rs",
        "(before == since).then_some(⟦Value::Null⟧)",
        "since.clone()",
    ),
    mutant(
        "computed fields are callers' to set",
        "what_does_not_change",
        "crates/lithair-state/src/decide/change.rs",
        "filter(|(place, value)| ⟦shown[*place] != *value⟧)",
        "shown[*place] != *value && shown.is_empty()",
    ),
    mutant(
        "a restrictive relation holds nothing",
        "deletes_do",
        "crates/lithair-state/src/decide/judge.rs",
        "if ⟦!referring(view, overlay, referrer.model, referrer.relation, key).is_empty()⟧ {",
        "!referring(view, overlay, referrer.model, referrer.relation, key).is_empty() && referrer.model == usize::MAX",
    ),
];

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::MUTANTS;

    #[test]
    fn what_is_changed_is_there_once() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        for mutant in MUTANTS {
            let text = std::fs::read_to_string(root.join(mutant.file)).expect("the file is there");
            assert_eq!(
                text.matches(&mutant.replaced()).count(),
                1,
                "{}: {:?} in {}",
                mutant.what,
                mutant.from,
                mutant.file
            );
            assert_ne!(mutant.from, mutant.to, "{}", mutant.what);
        }
    }
}
