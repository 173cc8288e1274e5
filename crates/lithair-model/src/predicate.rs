/// An expression bound to a model: names resolved, literals typed.
#[derive(Clone, Debug)]
pub enum Predicate {
    /// True when all are.
    All(Vec<Predicate>),
}
