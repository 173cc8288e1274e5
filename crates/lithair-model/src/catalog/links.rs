//! Relations by name, as steps from one table to the next.

use super::relations::place_of;
use crate::{
    BindError, Comparison, Exposure, Expr, LinkKind, LinkSchema, Literal, ModelSchema, OperationKind, RelationSchema,
    UniqueSchema, nearest,
};

/// A named way from a record of one model to records of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The name in paths, filters and JSON.
    pub wire: &'static str,
    /// The model it leads to, as a place in the catalog.
    pub target: usize,
    /// Whether it may lead to more than one record.
    pub is_many: bool,
    /// The steps: one, or two through a third model.
    pub ways: Vec<Way>,
}

/// One step from a record to others, which an index answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// To the record that this one refers to.
    Out {
        /// This record's model, as a place in the catalog.
        model: usize,
        /// The reference, as a place in that model's relations.
        relation: usize,
    },
    /// To the records that refer to this one.
    In {
        /// Their model, as a place in the catalog.
        model: usize,
        /// The reference, as a place in that model's relations.
        relation: usize,
    },
}

/// Names that paths below a record have already.
pub(super) const RESERVED: [&str; 2] = ["history", "events"];

/// The ways out of the model at `place`: its references, then what it declares. A way to records that the API does not
/// offer is none.
pub(super) fn links(place: usize, schemas: &[&'static ModelSchema]) -> Vec<Link> {
    let schema = schemas[place];
    let references = schema.relations.iter().enumerate();
    // Whoever may not read a reference may not follow it.
    let references = references.filter(|(_, reference)| is_shown(schema, reference));
    let references = references.map(|(relation, reference)| Link {
        wire: reference.name,
        target: place_of((reference.target)(), schemas).expect("checked: is registered"),
        is_many: false,
        ways: vec![Way::Out { model: place, relation }],
    });
    let declared = schema.links.iter().map(|link| resolve(place, link, schemas).expect("checked: leads somewhere"));
    references.chain(declared).filter(|link| is_offered(link, schemas[link.target])).collect()
}

/// Where a relation leads, for a policy: by references that callers do not see too.
pub(crate) struct Target {
    pub(crate) ways: Vec<Way>,
    /// A place in the catalog.
    pub(crate) model: usize,
}

/// The way of this name out of the model at `place`.
pub(crate) fn ways_of(place: usize, name: &str, schemas: &[&'static ModelSchema]) -> Result<Target, BindError> {
    let schema = schemas[place];
    if let Some(relation) = schema.relations.iter().position(|relation| relation.name == name) {
        let model =
            registered(schema.relations[relation].target, schemas).map_err(|detail| BindError::new(0, detail))?;
        return Ok(Target { ways: vec![Way::Out { model: place, relation }], model });
    }
    let Some(link) = schema.links.iter().find(|link| link.name == name) else {
        let known = schema.relations.iter().map(|relation| relation.name);
        let near = nearest(name, known.chain(schema.links.iter().map(|link| link.name)));
        let detail = format!("`{name}` is no relation of `{}`", schema.name);
        return Err(BindError { suggestion: near.map(str::to_owned), ..BindError::new(0, detail) });
    };
    let link = resolve(place, link, schemas).map_err(|detail| BindError::new(0, format!("`{name}` {detail}")))?;
    Ok(Target { ways: link.ways, model: link.target })
}

fn is_offered(link: &Link, target: &ModelSchema) -> bool {
    target.operations.contains(if link.is_many { &OperationKind::List } else { &OperationKind::Get })
}

/// Where a link leads, or why nowhere.
pub(crate) fn resolve(place: usize, link: &LinkSchema, schemas: &[&'static ModelSchema]) -> Result<Link, String> {
    let target = registered(link.target, schemas)?;
    let (is_many, ways) = match link.kind {
        LinkKind::HasMany { via } => (true, vec![referring(place, target, via, schemas)?]),
        LinkKind::HasOne { via } => {
            let way = referring(place, target, via, schemas)?;
            is_unique(schemas[target], via)?;
            (false, vec![way])
        }
        LinkKind::ManyToMany { through, via } => (true, across(place, target, (through, via), schemas)?.to_vec()),
    };
    for way in &ways {
        let (Way::In { model, relation } | Way::Out { model, relation }) = *way;
        let (model, relation) = (schemas[model], &schemas[model].relations[relation]);
        if !is_shown(model, relation) {
            let (name, field) = (model.name, model.fields[relation.fields[0]].name);
            return Err(format!("goes by `{name}.{field}`, which callers may not read: it would tell what is there"));
        }
    }
    Ok(Link { wire: link.wire, target, is_many, ways })
}

/// Whether callers may read a reference, everybody who sees the record.
fn is_shown(model: &ModelSchema, reference: &RelationSchema) -> bool {
    let hidden = |&field: &usize| {
        let field = &model.fields[field];
        matches!(field.exposure, Exposure::Hidden | Exposure::WriteOnly) || field.access.is_narrower()
    };
    !reference.fields.iter().any(hidden)
}

fn registered(target: fn() -> &'static ModelSchema, schemas: &[&'static ModelSchema]) -> Result<usize, String> {
    let target = target();
    place_of(target, schemas)
        .ok_or_else(|| format!("leads to `{}`, which is not registered with the server", target.name))
}

/// The step to the records of `target` whose field `via` refers to the model at `place`.
fn referring(place: usize, target: usize, via: &str, schemas: &[&'static ModelSchema]) -> Result<Way, String> {
    let (schema, own) = (schemas[target], schemas[place].name);
    let field = schema.fields.iter().position(|field| field.name == via);
    let Some(relation) = relation_by(schema, via) else {
        if field.is_none() {
            let near = nearest(via, schema.fields.iter().map(|field| field.name));
            let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            return Err(format!("`via = {via}` names no field of `{}`{hint}", schema.name));
        }
        return Err(format!(
            "`via = {via}`: `{}.{via}` refers to no model; let it be of the type `Id<{own}>`",
            schema.name
        ));
    };
    let found = (schema.relations[relation].target)();
    if place_of(found, schemas) != Some(place) {
        return Err(format!("`via = {via}`: `{}.{via}` refers to `{}`, not to `{own}`", schema.name, found.name));
    }
    Ok(Way::In { model: target, relation })
}

/// The reference that a field is, or the one of several fields that has this name.
fn relation_by(schema: &ModelSchema, via: &str) -> Option<usize> {
    let field = schema.fields.iter().position(|field| field.name == via);
    let by_field = |relation: &RelationSchema| field.is_some_and(|field| relation.fields == [field]);
    let by_name = |relation: &RelationSchema| relation.fields.len() > 1 && relation.name == via;
    let find = |is_it: &dyn Fn(&RelationSchema) -> bool| schema.relations.iter().position(is_it);
    find(&by_field).or_else(|| find(&by_name))
}

fn is_unique(target: &ModelSchema, via: &str) -> Result<(), String> {
    let fields = relation_by(target, via).map_or(&[][..], |relation| target.relations[relation].fields);
    let is_it = |of: &[usize]| of.len() == fields.len() && of.iter().all(|field| fields.contains(field));
    let mut uniques = target.uniques.iter();
    // What is in the trash is not there, so it may share the value.
    let is_of_all = |unique: &UniqueSchema| match unique.condition {
        None => true,
        Some(Expr::Compare(Expr::Field(name), Comparison::Equal, Expr::Literal(Literal::Null))) => {
            target.lifecycle.soft_delete.is_some() && *name == "deleted_at"
        }
        Some(_) => false,
    };
    if is_it(target.key) || uniques.any(|unique| is_it(unique.fields) && is_of_all(unique)) {
        return Ok(());
    }
    let name = target.name;
    Err(format!("`has_one`, and many records of `{name}` may refer to one: declare `{name}.{via}` with `db(unique)`"))
}

/// The steps to the records of a third model and from there.
fn across(
    place: usize,
    target: usize,
    (through, via): (fn() -> &'static ModelSchema, Option<&'static str>),
    schemas: &[&'static ModelSchema],
) -> Result<[Way; 2], String> {
    let model = registered(through, schemas)?;
    let schema = schemas[model];
    let near = match via {
        Some(via) => referring(place, model, via, schemas)?,
        None => {
            let others = format!("; say which one refers to this record: `via = {}`", field_of(schema, place, schemas));
            Way::In {
                model,
                relation: only(schema, place, None, schemas).map_err(|problem| match problem {
                    Unclear::None(problem) => problem,
                    Unclear::Several(problem) => problem + &others,
                })?,
            }
        }
    };
    let Way::In { relation: taken, .. } = near else { unreachable!("the near step is one to referring records") };
    let far = only(schema, target, Some(taken), schemas).map_err(|problem| match problem {
        Unclear::None(problem) | Unclear::Several(problem) => problem,
    })?;
    Ok([near, Way::Out { model, relation: far }])
}

enum Unclear {
    None(String),
    Several(String),
}

/// The only reference of `through` to the model at `place`, but for one that is `taken`.
fn only(
    through: &ModelSchema,
    place: usize,
    taken: Option<usize>,
    schemas: &[&'static ModelSchema],
) -> Result<usize, Unclear> {
    let relations = through.relations.iter().enumerate();
    let mut fitting = relations
        .filter(|(relation, schema)| Some(*relation) != taken && place_of((schema.target)(), schemas) == Some(place))
        .map(|(relation, _)| relation);
    let (through, target) = (through.name, schemas[place].name);
    match (fitting.next(), fitting.next()) {
        (Some(relation), None) => Ok(relation),
        (None, _) => Err(Unclear::None(format!("`through = {through}`: `{through}` does not refer to `{target}`"))),
        (Some(_), Some(_)) => {
            Err(Unclear::Several(format!("`through = {through}`: `{through}` refers to `{target}` more than once")))
        }
    }
}

/// A field by which a model refers to another, for a hint.
fn field_of(schema: &ModelSchema, target: usize, schemas: &[&'static ModelSchema]) -> &'static str {
    let mut relations = schema.relations.iter();
    let relation = relations.find(|relation| place_of((relation.target)(), schemas) == Some(target));
    relation.and_then(|relation| relation.fields.first()).map_or("..", |&field| schema.fields[field].name)
}
