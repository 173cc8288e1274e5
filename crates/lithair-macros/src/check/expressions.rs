//! Expressions name fields, and compare what can be compared, as far as types are known.

use proc_macro2::Span;
use syn::{Path, Type};

use super::scope::Scope;
use crate::ast::{Field, Model};
use crate::attr::field::DefaultValue;
use crate::attr::rule::{Rule, RuleForm};
use crate::errors::Errors;
use crate::expr::{Comparison, Constant, Form, Node};
use crate::policy::{self, Policy};
use crate::types::{Class, Shape};

/// A condition of `check`, `where` or `when`: true or false, and of at least one field.
pub(super) fn condition(node: &Node, scope: &Scope<'_>, errors: &Errors) {
    let mut has_field = false;
    node.walk(&mut |node| has_field |= matches!(node.form, Form::Field(_)));
    if !has_field {
        return errors.at(node.span, "the condition names no field, so it is the same for every record");
    }
    truth(node, scope, errors);
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
            if let Some(Operand::Field(shape)) = operand(inner, scope, errors)
                && !shape.optional
                && !matches!(shape.class, Class::Other)
            {
                errors.at(inner.span, "the field is no `Option`, so it is never `None`");
            }
        }
        Form::Field(_) => match operand(node, scope, errors) {
            Some(Operand::Field(shape)) if !matches!(shape.class, Class::Bool | Class::Other) => {
                errors.at(node.span, format!("expected true or false, and this is {}", shape.class.word()));
            }
            _ => {}
        },
        Form::Constant(Constant::Bool(_)) => errors.at(node.span, "a constant decides nothing: leave it out"),
        Form::Len(_) | Form::Now | Form::Constant(_) => errors.at(node.span, "expected true or false"),
    }
}

/// A side of a comparison.
enum Operand<'a> {
    Field(&'a Shape),
    Len,
    Now,
    Constant(&'a Constant),
}

/// What a node is as a side of a comparison; says what cannot be one.
fn operand<'a>(node: &'a Node, scope: &'a Scope<'_>, errors: &Errors) -> Option<Operand<'a>> {
    match &node.form {
        Form::Field(name) => scope.resolve(name, errors).map(|place| Operand::Field(scope.shape(place))),
        Form::Len(inner) => {
            if let Some(Operand::Field(shape)) = operand(inner, scope, errors)
                && !matches!(shape.class, Class::Text | Class::List(_) | Class::Other)
            {
                errors.at(inner.span, format!("{} has no length", shape.class.word()));
            }
            Some(Operand::Len)
        }
        Form::Now => Some(Operand::Now),
        Form::Constant(constant) => Some(Operand::Constant(constant)),
        _ => {
            errors.at(node.span, "expected a field or a constant: true and false are not compared");
            None
        }
    }
}

fn compare(left: &Node, comparison: Comparison, right: &Node, scope: &Scope<'_>, errors: &Errors) {
    let sides = (operand(left, scope, errors), operand(right, scope, errors));
    let (Some(one), Some(other)) = sides else { return };
    match (one, other) {
        (Operand::Field(shape), Operand::Constant(constant)) => {
            against(shape, constant, right.span, comparison, errors)
        }
        (Operand::Constant(constant), Operand::Field(shape)) => against(shape, constant, left.span, comparison, errors),
        (Operand::Field(one), Operand::Field(other)) => together(one, other, comparison, right.span, errors),
        (Operand::Field(shape), Operand::Now) | (Operand::Now, Operand::Field(shape)) => {
            if !shape.class.is_time() && !matches!(shape.class, Class::Other) {
                errors.at(right.span, format!("`now()` is a time, and this is {}", shape.class.word()));
            }
        }
        (Operand::Len, Operand::Constant(Constant::Int(_)) | Operand::Len)
        | (Operand::Constant(Constant::Int(_)), Operand::Len) => {}
        (Operand::Len, Operand::Field(shape)) | (Operand::Field(shape), Operand::Len) if is_whole(&shape.class) => {}
        (Operand::Len, _) | (_, Operand::Len) => errors.at(right.span, "a length is compared with a whole number"),
        _ => errors.at(left.span, "one side of a comparison is a field"),
    }
}

fn is_whole(class: &Class) -> bool {
    matches!(class, Class::Int { .. } | Class::Other)
}

fn against(shape: &Shape, constant: &Constant, span: Span, comparison: Comparison, errors: &Errors) {
    fits(constant, span, &shape.class, errors);
    ordered(&shape.class, comparison, span, errors);
}

fn ordered(class: &Class, comparison: Comparison, span: Span, errors: &Errors) {
    let has_order = class.is_comparable() && !matches!(class, Class::Bool);
    if comparison.is_ordering() && !has_order {
        errors.at(span, format!("{} is neither less nor more", class.word()));
    }
}

fn together(one: &Shape, other: &Shape, comparison: Comparison, span: Span, errors: &Errors) {
    let (first, second) = (&one.class, &other.class);
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
        Form::Now if shape.class.is_time() || matches!(shape.class, Class::Other) => {}
        Form::Now => errors.at(node.span, format!("`now()` is a time, and the field is {}", shape.class.word())),
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

/// Every variant that an expression or a rule of the model names, with the type of the field it meets.
pub(super) fn variants(model: &Model, scope: &Scope<'_>) -> Vec<(Path, Option<Type>)> {
    let mut found = Vec::new();
    let attributes = &model.attributes;
    let conditions = attributes.checks.iter().map(|check| &check.condition);
    let conditions = conditions.chain(attributes.uniques.iter().filter_map(|unique| unique.condition.as_ref()));
    let conditions = conditions.chain(&attributes.immutable_when);
    conditions.for_each(|condition| in_condition(condition, scope, &mut found));
    attributes.permissions.policies().for_each(|policy| in_policy(policy, scope, &mut found));
    for field in &model.fields {
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
    policy.walk(&mut |part| {
        if let policy::Form::Test(node) = &part.form {
            in_condition(node, scope, found);
        }
    });
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

type Found = Vec<(Path, Option<Type>)>;

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

fn in_condition(condition: &Node, scope: &Scope<'_>, found: &mut Found) {
    let shape = |node: &Node| match &node.form {
        Form::Field(name) => scope.find(name),
        _ => None,
    };
    condition.walk(&mut |node| match &node.form {
        Form::Compare(left, _, right) => {
            constant(right, shape(left).map(|place| scope.shape(place)), found);
            constant(left, shape(right).map(|place| scope.shape(place)), found);
        }
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
    if found.iter().all(|(other, _)| other != path) {
        found.push((path.clone(), shape.map(|shape| shape.inner.clone())));
    }
}
