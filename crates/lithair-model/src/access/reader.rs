//! A principal who reads during one request, with what was found out about them.

use std::sync::{Arc, OnceLock};

use super::{Asker, Condition, Sight};
use crate::{Catalog, ModelEntry, Operand, Predicate, Principal, Right, Timestamp, Value, Way};

/// Somebody who reads, for the time of one request: what they see of each model, found out when it is asked for.
#[derive(Debug)]
pub struct Reader {
    catalog: Arc<Catalog>,
    principal: Principal,
    now: Timestamp,
    /// Of a model of which nothing needs to be asked.
    free: Sight,
    /// Boxed: a program has many models, and a request is about few.
    sights: Box<[OnceLock<Box<Sight>>]>,
}

impl Reader {
    /// Somebody who asks at a time.
    pub fn new(catalog: &Arc<Catalog>, principal: Principal, now: Timestamp) -> Self {
        let sights = catalog.models.iter().map(|_| OnceLock::new()).collect();
        Self { catalog: Arc::clone(catalog), principal, now, free: Sight::free(now), sights }
    }

    /// The program itself, which sees everything.
    pub fn system(catalog: &Arc<Catalog>) -> Self {
        Self::new(catalog, Principal::System(crate::System::Code), Timestamp::from_micros(0))
    }

    /// Who reads.
    pub const fn principal(&self) -> &Principal {
        &self.principal
    }

    /// All models.
    pub const fn catalog(&self) -> &Arc<Catalog> {
        &self.catalog
    }

    /// When.
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// Who reads, for other questions than what they see.
    pub fn asker(&self) -> Asker<'_> {
        Asker { catalog: &self.catalog, principal: &self.principal, now: self.now }
    }

    /// What they see of a model.
    pub fn sight(&self, model: usize) -> &Sight {
        if let Some(sight) = self.sights[model].get() {
            return sight;
        }
        if self.asker().is_free(model) {
            return &self.free;
        }
        self.sights[model].get_or_init(|| Box::new(Sight::of(&self.asker(), model)))
    }

    /// Of which records they have a right.
    pub fn right(&self, model: usize, right: Right) -> Condition {
        self.asker().right(model, right)
    }

    /// Whether they may see records of this model at all.
    pub fn knows(&self, model: usize) -> bool {
        *self.sight(model).rows() != Condition::Never
    }

    /// The records that a query of a model may find: those that are seen, of what was asked for. What is asked about other records is asked
    /// about those that are seen.
    pub fn among(&self, model: usize, filter: Option<Predicate>) -> Option<Predicate> {
        let filter = filter.map(|filter| self.guarded(&self.catalog.models[model], filter));
        match (self.sight(model).rows().predicate(), filter) {
            (Some(rows), Some(filter)) => Some(Predicate::All(vec![rows, filter])),
            (rows, filter) => rows.or(filter),
        }
    }

    /// What somebody asks of the records of a model, as it may be asked: a field that is not seen in a record is not asked about there, and
    /// a record that is not seen is not there.
    fn guarded(&self, model: &ModelEntry, predicate: Predicate) -> Predicate {
        let all = |inner: Vec<Predicate>| inner.into_iter().map(|inner| self.guarded(model, inner)).collect();
        match predicate {
            Predicate::All(inner) => Predicate::All(all(inner)),
            Predicate::Any(inner) => Predicate::Any(all(inner)),
            Predicate::Not(inner) => Predicate::Not(Box::new(self.guarded(model, *inner))),
            Predicate::Related { way, inner } => {
                let target = self.end(way);
                let inner = self.guarded(target, *inner);
                let rows = self.sight(target.place).rows().predicate();
                let inner = match rows {
                    Some(rows) => Predicate::All(vec![rows, inner]),
                    None => inner,
                };
                Predicate::Related { way, inner: Box::new(inner) }
            }
            Predicate::Compare { left, comparison, right, kind } => {
                let (left, right) = (self.operand(left), self.operand(right));
                self.leaf(model, Predicate::Compare { left, comparison, right, kind })
            }
            Predicate::In { operand, values, kind } => {
                let operand = self.operand(operand);
                self.leaf(model, Predicate::In { operand, values, kind })
            }
            Predicate::Flag(operand) => {
                let operand = self.operand(operand);
                self.leaf(model, Predicate::Flag(operand))
            }
            leaf @ (Predicate::Element { .. } | Predicate::Search { .. }) => self.leaf(model, leaf),
        }
    }

    /// A question about a record's own fields is false where they are not seen.
    fn leaf(&self, model: &ModelEntry, leaf: Predicate) -> Predicate {
        let seen: Vec<Predicate> = self.seen(model, |place| leaf.asks(place));
        if seen.is_empty() { leaf } else { Predicate::All(seen.into_iter().chain([leaf]).collect()) }
    }

    fn seen(&self, model: &ModelEntry, reads: impl Fn(usize) -> bool) -> Vec<Predicate> {
        let sight = self.sight(model.place);
        let places = (0..model.schema.fields.len()).filter(|&place| reads(place));
        places.filter_map(|place| sight.field(place).predicate()).collect()
    }

    /// A value of another record is null where that record, or the field in it, is not seen.
    fn operand(&self, operand: Operand) -> Operand {
        let boxed = |inner: Box<Operand>| Box::new(self.operand(*inner));
        match operand {
            Operand::Via(way, inner) => {
                let target = self.end(way);
                let inner = self.operand(*inner);
                let mut seen = self.seen(target, |place| inner.asks(place));
                seen.extend(self.sight(target.place).rows().predicate());
                match seen.is_empty() {
                    true => Operand::Via(way, Box::new(inner)),
                    false => Operand::Seen(way, Box::new(Predicate::All(seen)), Box::new(inner)),
                }
            }
            Operand::Call(function, inner) => Operand::Call(function, boxed(inner)),
            // What a field is computed from is the model's to say, and nothing that the caller asks.
            Operand::Virtual(..) | Operand::Field(_) | Operand::Inside { .. } | Operand::Value(_) | Operand::Now(_) => {
                operand
            }
            Operand::Reckon(one, arithmetic, other) => Operand::Reckon(boxed(one), arithmetic, boxed(other)),
            Operand::Negative(inner) => Operand::Negative(boxed(inner)),
            Operand::Rounded(inner, places) => Operand::Rounded(boxed(inner), places),
            Operand::As(kind, inner) => Operand::As(kind, boxed(inner)),
            Operand::OrElse(one, other) => Operand::OrElse(boxed(one), boxed(other)),
            // The language of callers has no such thing: if one came, it would tell nothing.
            Operand::Seen(..) | Operand::Choice(..) | Operand::Truth(_) | Operand::Code(..) | Operand::Aggregate(_) => {
                Operand::Value(Value::Null)
            }
        }
    }

    /// The model that a step leads to.
    fn end(&self, way: Way) -> &ModelEntry {
        let place = match way {
            Way::Out { model, relation } => self.catalog.models[model].targets[relation],
            Way::In { model, .. } => model,
        };
        &self.catalog.models[place]
    }
}
