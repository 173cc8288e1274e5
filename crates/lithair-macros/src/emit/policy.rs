//! Permissions as constants.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::quote;
use syn::ext::IdentExt;

use super::expr::{compared, expr, literal};
use crate::ast::Model;
use crate::attr::permission::FieldPermissions;
use crate::expr::{Comparison, Constant, Form as ExprForm, Node};
use crate::policy::{Among, Form, Operand, Policy, RIGHTS, Right};

/// Who may do what with a model.
pub(super) fn access(model: &Model) -> TokenStream {
    let permissions = &model.attributes.permissions;
    if !model.attributes.permission {
        return by_field(model);
    }
    if permissions.is_plainly_public() {
        return quote!(_m::AccessSchema::Public);
    }
    let named = permissions.rules.iter().map(|(_, right, _)| right).filter(|right| matches!(right, Right::Command(_)));
    let rights = RIGHTS.iter().map(|(_, right)| right).chain(named);
    let rules = rights.filter_map(|right| {
        let (policy, right) = (policy(permissions.of(right)?), self::right(right));
        Some(quote!((#right, #policy)))
    });
    let roles = permissions.roles.iter().map(|chain| {
        let chain = chain.iter().map(|role| role.unraw().to_string());
        quote!(&[#(#chain),*])
    });
    let denies = permissions.denies.iter().map(|deny| {
        let (rights, when) = (deny.rights.iter().map(right), policy(&deny.when));
        let message = option(deny.message.as_ref());
        quote!(_m::DenySchema { rights: &[#(#rights),*], when: #when, message: #message })
    });
    let afters = permissions.afters.iter().map(|after| {
        let (right, holds, message) = (right(&after.right), policy(&after.holds), option(after.message.as_ref()));
        quote!(_m::AfterRuleSchema { right: #right, holds: #holds, message: #message })
    });
    let hides = permissions.hides;
    quote! {
        _m::AccessSchema::Rules(&_m::PolicySchema {
            roles: &[#(#roles),*],
            rules: &[#(#rules),*],
            denies: &[#(#denies),*],
            afters: &[#(#afters),*],
            hides: #hides,
        })
    }
}

/// What follows from the permissions of the fields, where the struct says nothing: whoever sees any of them sees the record, and whoever may
/// set any of them may add, change and delete it. A field without a word of its own is as the record.
fn by_field(model: &Model) -> TokenStream {
    let fields = model.fields.iter().map(|field| &field.attributes.permissions);
    let any = |policies: Vec<&Policy>| {
        let policies = policies.into_iter().map(policy);
        quote!(_m::Policy::Any(&[#(#policies),*]))
    };
    let read = any(fields.clone().filter_map(|field| field.read.as_ref()).collect());
    let create = any(fields.clone().filter_map(FieldPermissions::create).collect());
    let update = any(fields.filter_map(FieldPermissions::update).collect());
    quote! {
        _m::AccessSchema::Rules(&_m::PolicySchema {
            rules: &[
                (_m::Right::Read, #read),
                (_m::Right::Create, #create),
                (_m::Right::Update, #update),
                (_m::Right::Delete, #update),
            ],
            .._m::PolicySchema::CLOSED
        })
    }
}

/// What a field declares, one word each.
pub(super) fn field(permissions: &FieldPermissions) -> TokenStream {
    let owner = permissions.owner.map(|_| quote!(.owner()));
    let word = |name: &str, policy: Option<&Policy>| {
        let (name, policy) = (Ident::new(name, Span::call_site()), self::policy(policy?));
        Some(quote!(.#name(&#policy)))
    };
    let read = word("readable", permissions.read.as_ref());
    let create = word("creatable", permissions.create());
    let update = word("updatable", permissions.update());
    let mask = permissions.mask.map(|mask| {
        let last = Literal::u8_unsuffixed(mask.last);
        quote!(.masked(#last))
    });
    quote!(#owner #read #create #update #mask)
}

fn option<T: quote::ToTokens>(value: Option<&T>) -> TokenStream {
    match value {
        Some(value) => quote!(::core::option::Option::Some(#value)),
        None => quote!(::core::option::Option::None),
    }
}

/// A policy that may be there, by reference.
pub(crate) fn by(policy: Option<&Policy>) -> TokenStream {
    match policy {
        Some(policy) => {
            let policy = self::policy(policy);
            quote!(::core::option::Option::Some(&#policy))
        }
        None => quote!(::core::option::Option::None),
    }
}

fn right(right: &Right) -> TokenStream {
    match right {
        Right::Read => quote!(_m::Right::Read),
        Right::Create => quote!(_m::Right::Create),
        Right::Update => quote!(_m::Right::Update),
        Right::Delete => quote!(_m::Right::Delete),
        Right::History => quote!(_m::Right::History),
        Right::Export => quote!(_m::Right::Export),
        Right::Command(name) => quote!(_m::Right::Command(#name)),
    }
}

/// A policy as a constant.
pub(crate) fn policy(policy: &Policy) -> TokenStream {
    let all = |inner: &[Policy]| inner.iter().map(self::policy).collect::<Vec<_>>();
    match &policy.form {
        Form::All(inner) => {
            let inner = all(inner);
            quote!(_m::Policy::All(&[#(#inner),*]))
        }
        Form::Any(inner) => {
            let inner = all(inner);
            quote!(_m::Policy::Any(&[#(#inner),*]))
        }
        Form::Not(inner) => {
            let inner = self::policy(inner);
            quote!(_m::Policy::Not(&#inner))
        }
        Form::Public => quote!(_m::Policy::Public),
        Form::Authenticated => quote!(_m::Policy::Authenticated),
        Form::Anonymous => quote!(_m::Policy::Anonymous),
        Form::Owner => quote!(_m::Policy::Owner),
        Form::Role(role) => named("Role", role),
        Form::Scope(scope) => quote!(_m::Policy::Scope(#scope)),
        Form::Permission(name) => quote!(_m::Policy::Permission(#name)),
        Form::Member(relation) => named("Member", relation),
        Form::Related(relation, such) => {
            let relation = relation.unraw().to_string();
            let such = such.as_ref().map_or_else(|| quote!(_m::Policy::All(&[])), |such| self::policy(such));
            quote!(_m::Policy::Related(#relation, &#such))
        }
        Form::Check(relation, of) => {
            let (relation, of) = (relation.unraw().to_string(), right(of));
            quote!(_m::Policy::Check(#relation, #of))
        }
        Form::Test(node) => test(&expr(node)),
        Form::IsNull(operand, is_some) => {
            let comparison = if *is_some { Comparison::NotEqual } else { Comparison::Equal };
            is_null(operand, comparison)
        }
        Form::Flag(operand) => flag(operand),
        Form::In(operand, among) => one_of(operand, among),
        Form::Compare(left, comparison, right) => compare(left, *comparison, right),
    }
}

fn named(form: &str, name: &Ident) -> TokenStream {
    let (form, name) = (Ident::new(form, Span::call_site()), name.unraw().to_string());
    quote!(_m::Policy::#form(#name))
}

fn test(expr: &TokenStream) -> TokenStream {
    quote!(_m::Policy::Test(#expr))
}

/// A side as an expression; a claim is none.
fn side(operand: &Operand) -> TokenStream {
    match operand {
        Operand::Before(node) => of("before", &path(node)),
        Operand::Input(node) => of("input", &path(node)),
        Operand::Claim(name) => of("actor", &name.unraw().to_string()),
        Operand::Value(node) => expr(node),
    }
}

fn of(side: &str, path: &str) -> TokenStream {
    let name = format!("{side}.{path}");
    quote!(_m::of(#name))
}

/// A field, or what is inside of one.
fn path(node: &Node) -> String {
    match (node.inside(), &node.form) {
        (Some((field, path)), _) => format!("{}.{path}", field.unraw()),
        (None, ExprForm::Field(name)) => name.unraw().to_string(),
        (None, _) => unreachable!("a side has a field"),
    }
}

fn is_null(operand: &Operand, comparison: Comparison) -> TokenStream {
    match operand {
        Operand::Claim(claim) => claim_is(claim, comparison, &quote!(_m::null())),
        operand => test(&compared(&side(operand), comparison, &quote!(_m::value(_m::null())))),
    }
}

fn flag(operand: &Operand) -> TokenStream {
    match operand {
        Operand::Claim(claim) => claim_is(claim, Comparison::Equal, &quote!(_m::flag(true))),
        operand => test(&side(operand)),
    }
}

fn claim_is(claim: &Ident, comparison: Comparison, literal: &TokenStream) -> TokenStream {
    let (claim, comparison) = (claim.unraw().to_string(), word(comparison));
    quote!(_m::Policy::ClaimIs(#claim, #comparison, #literal))
}

fn one_of(operand: &Operand, among: &Among) -> TokenStream {
    match (operand, among) {
        (Operand::Claim(claim), Among::List(list)) => {
            let each = list.iter().map(|node| claim_is(claim, Comparison::Equal, &constant(node)));
            quote!(_m::Policy::Any(&[#(#each),*]))
        }
        (operand, Among::List(list)) => {
            let (left, list) = (side(operand), list.iter().map(expr));
            test(&quote!(_m::one_among(&#left, &[#(#list),*])))
        }
        (operand, Among::Claim(claim)) => {
            let (left, claim) = (side(operand), claim.unraw().to_string());
            quote!(_m::Policy::AmongClaim(&#left, #claim))
        }
    }
}

fn constant(node: &Node) -> TokenStream {
    match &node.form {
        ExprForm::Constant(constant) => literal(constant),
        // Refused by the check.
        _ => literal(&Constant::Bool(false)),
    }
}

fn compare(left: &Operand, comparison: Comparison, right: &Operand) -> TokenStream {
    match (left, right) {
        (Operand::Claim(claim), Operand::Value(node)) if matches!(node.form, ExprForm::Constant(_)) => {
            claim_is(claim, comparison, &constant(node))
        }
        (Operand::Value(node), Operand::Claim(claim)) if matches!(node.form, ExprForm::Constant(_)) => {
            claim_is(claim, mirrored(comparison), &constant(node))
        }
        (Operand::Claim(claim), other) => against(other, mirrored(comparison), claim),
        (other, Operand::Claim(claim)) => against(other, comparison, claim),
        (left, right) => test(&compared(&side(left), comparison, &side(right))),
    }
}

fn against(operand: &Operand, comparison: Comparison, claim: &Ident) -> TokenStream {
    let (left, comparison, claim) = (side(operand), word(comparison), claim.unraw().to_string());
    quote!(_m::Policy::Claim(&#left, #comparison, #claim))
}

const fn mirrored(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Equal => Comparison::Equal,
        Comparison::NotEqual => Comparison::NotEqual,
        Comparison::Less => Comparison::Greater,
        Comparison::LessOrEqual => Comparison::GreaterOrEqual,
        Comparison::Greater => Comparison::Less,
        Comparison::GreaterOrEqual => Comparison::LessOrEqual,
    }
}

fn word(comparison: Comparison) -> TokenStream {
    match comparison {
        Comparison::Equal => quote!(_m::Comparison::Equal),
        Comparison::NotEqual => quote!(_m::Comparison::NotEqual),
        Comparison::Less => quote!(_m::Comparison::Less),
        Comparison::LessOrEqual => quote!(_m::Comparison::LessOrEqual),
        Comparison::Greater => quote!(_m::Comparison::Greater),
        Comparison::GreaterOrEqual => quote!(_m::Comparison::GreaterOrEqual),
    }
}
