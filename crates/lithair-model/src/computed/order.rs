//! In which order computed fields are computed, and whether there is one.

use std::collections::HashMap;

use crate::catalog::resolve_link;
use crate::{ComputedFrom, Expr, ModelSchema};

/// A field: the place of its model, and its place there.
pub(crate) type Node = (usize, usize);

/// The computed fields of all models, each behind those that it is computed from.
///
/// # Errors
/// Fields that are computed from themselves, each with the way around.
pub(crate) fn order(schemas: &[&'static ModelSchema]) -> Result<Vec<Node>, Vec<(Node, String)>> {
    let mut walk = Walk { schemas, state: HashMap::new(), path: Vec::new(), order: Vec::new(), cycles: Vec::new() };
    for (model, schema) in schemas.iter().enumerate() {
        for (place, field) in schema.fields.iter().enumerate() {
            if field.computed.is_some() {
                walk.visit((model, place));
            }
        }
    }
    if walk.cycles.is_empty() { Ok(walk.order) } else { Err(walk.cycles) }
}

/// Which fields of a model are computed from other records, be it by way of others of the model.
pub(crate) fn from_others(schema: &ModelSchema) -> Vec<bool> {
    let mut found: Vec<bool> = schema
        .fields
        .iter()
        .map(|field| field.computed.is_some_and(|computed| matches!(computed.from, ComputedFrom::Related(_))))
        .collect();
    // One field more in each round, or nothing more is found.
    for _ in schema.fields {
        for (place, field) in schema.fields.iter().enumerate() {
            if let Some(ComputedFrom::Expr(expr)) = field.computed.map(|computed| computed.from) {
                let mut names = Vec::new();
                expr.names(&mut names);
                let is_of_others =
                    |name: &str| schema.fields.iter().zip(&found).any(|(field, of)| *of && field.name == name);
                found[place] |= names.into_iter().any(is_of_others);
            }
        }
    }
    found
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Visit {
    Open,
    Done,
}

struct Walk<'a> {
    schemas: &'a [&'static ModelSchema],
    state: HashMap<Node, Visit>,
    path: Vec<Node>,
    order: Vec<Node>,
    cycles: Vec<(Node, String)>,
}

impl Walk<'_> {
    /// Recursion is bounded by the number of computed fields.
    fn visit(&mut self, node: Node) {
        match self.state.get(&node) {
            Some(Visit::Done) => return,
            Some(Visit::Open) => {
                let from = self.path.iter().position(|other| *other == node).unwrap_or(0);
                let names: Vec<String> = self.path[from..].iter().chain([&node]).map(|node| self.name(*node)).collect();
                self.cycles.push((node, format!("is computed from itself: {}", names.join(" from "))));
                return;
            }
            None => {}
        }
        self.state.insert(node, Visit::Open);
        self.path.push(node);
        for source in sources(node, self.schemas) {
            self.visit(source);
        }
        self.path.pop();
        self.state.insert(node, Visit::Done);
        self.order.push(node);
    }

    fn name(&self, (model, place): Node) -> String {
        format!("`{}.{}`", self.schemas[model].name, self.schemas[model].fields[place].name)
    }
}

/// The computed fields that a computed field is made of.
fn sources((model, place): Node, schemas: &[&'static ModelSchema]) -> Vec<Node> {
    let mut names = Vec::new();
    let of = match &schemas[model].fields[place].computed {
        None => return Vec::new(),
        Some(computed) => match &computed.from {
            ComputedFrom::Expr(expr) => {
                expr.names(&mut names);
                model
            }
            ComputedFrom::Related(related) => {
                let exprs = related.value.iter().chain(&related.condition);
                exprs.for_each(|expr| expr.names(&mut names));
                let link = schemas[model].links.iter().find(|link| link.name == related.link);
                match link.and_then(|link| resolve_link(model, link, schemas).ok()) {
                    Some(link) => link.target,
                    // It is refused elsewhere.
                    None => return Vec::new(),
                }
            }
        },
    };
    let fields = schemas[of].fields.iter().enumerate();
    let is_source = |(_, field): &(usize, &crate::FieldSchema)| field.computed.is_some() && names.contains(&field.name);
    fields.filter(is_source).map(|(place, _)| (of, place)).collect()
}

impl Expr {
    /// The names of the fields in it.
    pub fn names(&self, found: &mut Vec<&'static str>) {
        match self {
            Self::Field(name) => found.push(name),
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.names(found)),
            Self::Not(inner) | Self::Call(_, inner) | Self::Negative(inner) | Self::Rounded(inner, _) => {
                inner.names(found);
            }
            Self::Compare(one, _, other) | Self::Reckon(one, _, other) | Self::OrElse(one, other) => {
                one.names(found);
                other.names(found);
            }
            Self::In(one, others) => {
                one.names(found);
                others.iter().for_each(|other| other.names(found));
            }
            Self::Choice(condition, one, other) => {
                [condition, one, other].into_iter().for_each(|part| part.names(found));
            }
            Self::Literal(_) | Self::Now(_) | Self::Duration(_) | Self::Code(_) => {}
        }
    }
}
