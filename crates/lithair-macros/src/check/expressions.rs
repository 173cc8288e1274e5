//! Expressions name fields, and compare what can be compared, as far as types are known.

use proc_macro2::Span;
use syn::{Ident, Path, Type};

use super::contradictions;
use super::scope::Scope;
use super::typed::{self, Sort, typed};
use crate::ast::{Field, Model};
use crate::attr::computed::ComputedForm;
use crate::attr::field::DefaultValue;
use crate::attr::rule::{Rule, RuleForm};
use crate::errors::Errors;
use crate::expr::{Comparison, Constant, Form, Node};
use crate::policy::{self, Operand, Policy};
use crate::types::{Class, Shape};

/// A condition of `check`, `where` or `when`: true or false, and of at least one field.
pub(super) fn condition(node: &Node, scope: &Scope<'_>, errors: &Errors) {
    let mut has_field = false;
    node.walk(&mut |node| has_field |= matches!(node.form, Form::Field(_) | Form::Code(_)));
    if !has_field {
        return errors.at(node.span, "the condition names no field, so it is the same for every record");
    }
    node.walk(&mut |node| {
        if let Form::Field(name) = &node.form {
            is_known(name, scope, errors);
        }
    });
    truth(node, scope, errors);
    contradictions::check(node, scope, errors);
}

/// A field whose value a record has: what others come to is computed when it is read, unless it is stored.
pub(super) fn is_known(name: &syn::Ident, scope: &Scope<'_>, errors: &Errors) {
    let field = scope.find(name).and_then(|place| scope.field(place));
    let computed = field.and_then(|field| field.attributes.computed.as_ref());
    if computed.is_some_and(|computed| computed.stored.is_none() && matches!(computed.form, ComputedForm::Related(_))) {
        errors.at(name.span(), format!("`{name}` is computed from other records when it is read: let it be `stored`"));
    }
}

/// A condition over which data alone decides: what constraints and indexes ask, other programs and tools must be able to.
pub(super) fn data_condition(node: &Node, scope: &Scope<'_>, errors: &Errors) {
    node.walk(&mut |node| {
        if let Form::Code(_) = node.form {
            errors.at(
                node.span,
                "`fn(path)` is not supported here: this condition is data, which every reader of the log judges alike",
            );
        }
    });
    condition(node, scope, errors);
}

/// A node that must be true or false.
pub(super) fn truth(node: &Node, scope: &Scope<'_>, errors: &Errors) {
    match &node.form {
        Form::All(inner) | Form::Any(inner) => inner.iter().for_each(|node| truth(node, scope, errors)),
        Form::Not(inner) => truth(inner, scope, errors),
        Form::Compare(left, comparison, right) => compare(left, *comparison, right, scope, errors),
        Form::In(left, list) => {
            if list.is_empty() {
                errors.at(left.span, "nothing is in an empty list");
            }
            for right in list {
                match &right.form {
                    Form::Constant(_) => compare(left, Comparison::Equal, right, scope, errors),
                    _ => errors.at(right.span, "a list is of constants"),
                }
            }
        }
        Form::IsNull(inner, _) => {
            if let Some(typed) = typed(inner, scope, errors)
                && !typed.optional
                && typed.sort != Sort::Open
            {
                errors.at(inner.span, "the field is no `Option`, so it is never `None`");
            }
        }
        Form::Choice(condition, one, other) => {
            truth(condition, scope, errors);
            for case in [one, other] {
                if !matches!(case.form, Form::Constant(Constant::Bool(_))) {
                    truth(case, scope, errors);
                }
            }
        }
        // Its type is its own, and rustc's matter.
        Form::Code(_) => {}
        Form::Constant(Constant::Bool(_)) => errors.at(node.span, "a constant decides nothing: leave it out"),
        Form::Field(_) | Form::Member(..) | Form::OrElse(..) => match typed(node, scope, errors) {
            Some(typed) if !matches!(typed.sort, Sort::Bool | Sort::Open) => {
                errors.at(node.span, format!("expected true or false, and this is {}", typed.word()));
            }
            _ => {}
        },
        _ => {
            errors.at(node.span, "expected true or false");
            if !matches!(node.form, Form::Constant(_)) {
                typed(node, scope, errors);
            }
        }
    }
}

/// Only an embedded struct has fields; whether it has this one, rustc says.
pub(super) fn has_fields(field: &Ident, place: usize, scope: &Scope<'_>, errors: &Errors) {
    let class = &scope.shape(place).class;
    if let Class::Reference(_) = class {
        errors.at(field.span(), "a field of another record is not supported yet");
    } else if !matches!(class, Class::Other) {
        errors.at(field.span(), format!("`{field}` is {}, which has no fields", class.word()));
    }
}

fn compare(left: &Node, comparison: Comparison, right: &Node, scope: &Scope<'_>, errors: &Errors) {
    let (Some(one), Some(other)) = (typed(left, scope, errors), typed(right, scope, errors)) else { return };
    match ((one.class, one.constant), (other.class, other.constant)) {
        ((_, Some(_)), (_, Some(_))) => errors.at(left.span, "one side of a comparison is a field"),
        ((Some(class), _), (_, Some(constant))) => against(class, constant, right.span, comparison, errors),
        ((_, Some(constant)), (Some(class), _)) => against(class, constant, left.span, comparison, errors),
        ((Some(first), _), (Some(second), _)) => together(first, second, comparison, right.span, errors),
        ((None, None), (_, Some(constant))) => typed::meets(&one, (constant, right.span), left, errors),
        ((_, Some(constant)), (None, None)) => typed::meets(&other, (constant, left.span), right, errors),
        _ => typed::comparable((&one, left), (&other, right), errors),
    }
}

fn against(class: &Class, constant: &Constant, span: Span, comparison: Comparison, errors: &Errors) {
    fits(constant, span, class, errors);
    ordered(class, comparison, span, errors);
}

fn ordered(class: &Class, comparison: Comparison, span: Span, errors: &Errors) {
    let has_order = class.is_comparable() && !matches!(class, Class::Bool);
    if comparison.is_ordering() && !has_order {
        errors.at(span, format!("{} is neither less nor more", class.word()));
    }
}

fn together(first: &Class, second: &Class, comparison: Comparison, span: Span, errors: &Errors) {
    if !are_alike(first, second) {
        errors.at(span, format!("{} is compared with {}", first.word(), second.word()));
    }
    ordered(first, comparison, span, errors);
}

/// Whether two types are one, as far as they are known.
fn are_alike(one: &Class, other: &Class) -> bool {
    one.is_open() || other.is_open() || std::mem::discriminant(one) == std::mem::discriminant(other)
}

/// A constant is one of the type.
pub(super) fn fits(constant: &Constant, span: Span, class: &Class, errors: &Errors) {
    let is_one = match (constant, class) {
        // What is not known is judged by rustc (variants) and by the catalog.
        (_, Class::Reference(_)) => true,
        (Constant::Variant(_), Class::Other) => true,
        (Constant::Int(_) | Constant::Text(_), Class::Other) => true,
        (Constant::Bool(_), class) => matches!(class, Class::Bool | Class::Other),
        (Constant::Int(number), Class::Int { min, max }) => {
            if !(min..=max).contains(&number) {
                return errors.at(span, format!("{number} is out of the range of the field, {min}..={max}"));
            }
            true
        }
        (Constant::Int(_), class) => class.is_number(),
        (Constant::Number(_), class) => matches!(class, Class::Float | Class::Decimal | Class::Other),
        (Constant::Text(_), class) => matches!(class, Class::Text | Class::Decimal | Class::Uuid) || class.is_time(),
        (Constant::Variant(_), _) => false,
    };
    if !is_one {
        let constant = match constant {
            Constant::Bool(_) => "`true` and `false` are",
            Constant::Int(_) | Constant::Number(_) => "this number is",
            Constant::Text(_) => "a text is",
            Constant::Variant(_) => "a variant is",
        };
        errors.at(span, format!("{constant} not a value of the field, which is {}", class.word()));
    }
}

/// The default of a field: a constant or `now()`.
pub(super) fn default(node: &Node, shape: &Shape, scope: &Scope<'_>, errors: &Errors) {
    match &node.form {
        Form::Constant(constant) => fits(constant, node.span, &shape.class, errors),
        Form::Now(_) if shape.class.is_time() || matches!(shape.class, Class::Other) => {}
        Form::Now(_) => errors.at(node.span, format!("`now()` is a time, and the field is {}", shape.class.word())),
        Form::Field(name) if scope.find(name).is_none() => {
            errors.at(node.span, format!("`{name}` is not a literal, a variant `Enum::Variant` or `now()`"));
        }
        _ => errors.at(node.span, "a default is a literal, a variant or `now()`; for more there is `fn(path)`"),
    }
}

/// The backfill of a field: a constant, `now()`, or another field of its type.
pub(super) fn backfill(node: &Node, field: &Field, fields: &[Field], scope: &Scope<'_>, errors: &Errors) {
    let Form::Field(name) = &node.form else { return default(node, &field.shape, scope, errors) };
    let other = fields.iter().find(|other| other.ident == *name);
    match other {
        None => drop(scope.resolve(name, errors)),
        Some(other) if other.name == field.name => errors.at(node.span, "old records do not have the field itself"),
        Some(other) if other.shape.optional && !field.shape.optional => {
            errors.at(node.span, format!("`{name}` may be `None`, and the field is no `Option`"));
        }
        Some(other) if !are_alike(&field.shape.class, &other.shape.class) => {
            let (own, others) = (field.shape.class.word(), other.shape.class.word());
            errors.at(node.span, format!("the field is {own}, and `{name}` is {others}"));
        }
        Some(_) => {}
    }
}

/// What expressions and rules of the model name and rustc judges.
pub(super) fn named(model: &Model, scope: &Scope<'_>) -> Named {
    let mut found = Named::default();
    let attributes = &model.attributes;
    let conditions = attributes.checks.iter().map(|check| &check.condition);
    let conditions = conditions.chain(attributes.uniques.iter().filter_map(|unique| unique.condition.as_ref()));
    let conditions = conditions.chain(&attributes.immutable_when);
    conditions.for_each(|condition| in_condition(condition, scope, &mut found));
    attributes.permissions.policies().for_each(|policy| in_policy(policy, scope, &mut found));
    for field in &model.fields {
        if let Some(ComputedForm::Expr(node)) = field.attributes.computed.as_ref().map(|computed| &computed.form) {
            in_value(node, &field.shape, scope, &mut found);
        }
        for value in [&field.attributes.default, &field.attributes.on_update, &field.attributes.backfill] {
            if let Some(DefaultValue::Expr(node)) = value {
                constant(node, Some(&field.shape), &mut found);
            }
        }
        in_states(field, scope, &mut found);
        field.attributes.permissions.policies().for_each(|(_, policy)| in_policy(policy, scope, &mut found));
        in_rules(&field.attributes.rules, &field.shape, scope, &mut found);
    }
    found
}

fn in_policy(policy: &Policy, scope: &Scope<'_>, found: &mut Found) {
    policy.walk(&mut |part| match &part.form {
        policy::Form::Test(node) => in_condition(node, scope, found),
        policy::Form::Compare(left, _, right) => {
            in_operand(left, right, scope, found);
            in_operand(right, left, scope, found);
        }
        policy::Form::In(left, policy::Among::List(list)) => {
            in_operand(left, left, scope, found);
            list.iter().for_each(|node| constant(node, shape_of(left, scope), found));
        }
        policy::Form::In(operand, _) | policy::Form::IsNull(operand, _) | policy::Form::Flag(operand) => {
            in_operand(operand, operand, scope, found);
        }
        _ => {}
    });
}

/// What an operand names that meets another.
fn in_operand(operand: &Operand, other: &Operand, scope: &Scope<'_>, found: &mut Found) {
    if let Operand::Before(node) | Operand::Input(node) | Operand::Value(node) = operand {
        in_condition(node, scope, found);
        constant(node, shape_of(other, scope), found);
    }
}

/// The type of an operand that is a field.
fn shape_of<'a>(operand: &Operand, scope: &'a Scope<'_>) -> Option<&'a Shape> {
    match operand {
        Operand::Before(Node { form: Form::Field(name), .. })
        | Operand::Input(Node { form: Form::Field(name), .. })
        | Operand::Value(Node { form: Form::Field(name), .. }) => scope.find(name).map(|place| scope.shape(place)),
        _ => None,
    }
}

/// The states that transitions name, as variants of the field's enum.
fn in_states(field: &Field, scope: &Scope<'_>, found: &mut Found) {
    let (Some(states), Type::Path(of)) = (&field.attributes.states, &field.ty) else { return };
    let named = states.transitions.iter().flat_map(|way| way.from.iter().chain([&way.to]));
    for state in named.chain([&states.initial]) {
        let mut path = of.path.clone();
        path.segments.push(state.clone().into());
        add(&path, Some(&field.shape), found);
    }
    states.transitions.iter().filter_map(|way| way.guard.as_ref()).for_each(|guard| in_condition(guard, scope, found));
}

/// What is named and only rustc knows.
#[derive(Default)]
pub(crate) struct Named {
    /// Variants, with the type of the field they meet.
    pub(crate) variants: Vec<(Path, Option<Type>)>,
    /// Paths into embedded structs, with the type that they begin in, and where they stand.
    pub(crate) paths: Vec<(Type, String, Span)>,
}

type Found = Named;

fn in_rules(rules: &[Rule], shape: &Shape, scope: &Scope<'_>, found: &mut Found) {
    for rule in rules {
        if let Some(condition) = &rule.condition {
            in_condition(condition, scope, found);
        }
        match (&rule.form, &shape.class) {
            (RuleForm::Each(rules), Class::List(element)) => in_rules(rules, element, scope, found),
            (RuleForm::OneOf(values), _) => {
                let paths = values.iter().filter_map(|value| match &value.value {
                    Constant::Variant(path) => Some(path),
                    _ => None,
                });
                paths.for_each(|path| add(path, Some(shape), found));
            }
            _ => {}
        }
    }
}

/// The variants that a value of this type may be, and those of the conditions in it.
fn in_value(node: &Node, shape: &Shape, scope: &Scope<'_>, found: &mut Found) {
    match &node.form {
        Form::Choice(condition, one, other) => {
            in_condition(condition, scope, found);
            in_value(one, shape, scope, found);
            in_value(other, shape, scope, found);
        }
        Form::OrElse(one, other) => {
            in_value(one, shape, scope, found);
            in_value(other, shape, scope, found);
        }
        Form::Constant(_) => constant(node, Some(shape), found),
        _ => in_condition(node, scope, found),
    }
}

fn in_condition(condition: &Node, scope: &Scope<'_>, found: &mut Found) {
    let shape = |node: &Node| match &node.form {
        Form::Field(name) => scope.find(name),
        _ => None,
    };
    // Of a path, the whole is looked at, and not the beginning again.
    let mut within = Vec::new();
    condition.walk(&mut |node| {
        if let Form::Member(outer, _) = &node.form {
            within.push(std::ptr::from_ref(&**outer));
            let (field, path) = node.inside().expect("a path begins with a field");
            let root = scope.find(field).and_then(|place| scope.field(place));
            if let (Some(root), false) = (root, within.contains(&std::ptr::from_ref(node))) {
                found.paths.push((root.ty.clone(), path, node.span));
            }
        }
    });
    condition.walk(&mut |node| match &node.form {
        Form::Compare(left, _, right) => {
            constant(right, shape(left).map(|place| scope.shape(place)), found);
            constant(left, shape(right).map(|place| scope.shape(place)), found);
        }
        Form::OrElse(left, right) => constant(right, shape(left).map(|place| scope.shape(place)), found),
        Form::In(left, list) => {
            list.iter().for_each(|right| constant(right, shape(left).map(|place| scope.shape(place)), found));
        }
        _ => {}
    });
}

fn constant(node: &Node, shape: Option<&Shape>, found: &mut Found) {
    if let Form::Constant(Constant::Variant(path)) = &node.form {
        add(path, shape, found);
    }
}

fn add(path: &Path, shape: Option<&Shape>, found: &mut Found) {
    if found.variants.iter().all(|(other, _)| other != path) {
        found.variants.push((path.clone(), shape.map(|shape| shape.inner.clone())));
    }
}
