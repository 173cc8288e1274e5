//! `permission(..)`, on a struct and on a field.

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Ident, LitInt, LitStr, Token};

use super::item::{self, Item, Value};
use super::words;
use crate::errors::Errors;
use crate::policy::{self, Policy, RIGHTS, Right};

/// What a struct says of who may do what.
#[derive(Default)]
pub(crate) struct Permissions {
    /// `all = ..`
    pub(crate) all: Option<Policy>,
    /// `write = ..`
    pub(crate) write: Option<Policy>,
    pub(crate) rules: Vec<(Span, Right, Policy)>,
    /// Chains of roles, the highest first.
    pub(crate) roles: Vec<Vec<Ident>>,
    pub(crate) denies: Vec<Deny>,
    pub(crate) afters: Vec<After>,
    pub(crate) hides: bool,
}

/// `deny(update, when = .., message = "..")`
pub(crate) struct Deny {
    pub(crate) span: Span,
    pub(crate) rights: Vec<Right>,
    pub(crate) when: Policy,
    pub(crate) message: Option<LitStr>,
}

/// `after(update, .., message = "..")`
pub(crate) struct After {
    pub(crate) right: Right,
    pub(crate) holds: Policy,
    pub(crate) message: Option<LitStr>,
}

/// What a field says of who sees and sets it.
#[derive(Default)]
pub(crate) struct FieldPermissions {
    pub(crate) owner: Option<Span>,
    pub(crate) read: Option<Policy>,
    pub(crate) create: Option<Policy>,
    pub(crate) update: Option<Policy>,
    pub(crate) write: Option<Policy>,
    /// `security(mask(last = 4))`: what is shown to whom `read` refuses; without it, to everybody.
    pub(crate) mask: Option<Mask>,
}

/// `mask(last = 4)`
#[derive(Clone, Copy)]
pub(crate) struct Mask {
    pub(crate) span: Span,
    pub(crate) last: u8,
}

/// More of a text's end is not a mask but the text.
const LAST_MAX: u8 = 64;

impl Permissions {
    pub(super) fn take(&mut self, item: &Item, errors: &Errors) {
        let word = item.key.to_string();
        match word.as_str() {
            "all" => self.all = policy_of(item, errors),
            "write" => self.write = policy_of(item, errors),
            "roles" => self.roles = roles(item, errors),
            "deny" => self.denies.extend(deny(item, errors)),
            "after" => self.afters.extend(after(item, errors)),
            "on_deny" => {
                let known = [("hide", true), ("forbid", false)];
                let word = item.word("on_deny = hide", errors);
                let word = word.and_then(|word| words::one_of("answer", &word, &known, &[], errors));
                self.hides = word.unwrap_or(false);
            }
            "command" => self.rules.extend(command(item, errors)),
            _ => {
                let right = RIGHTS.into_iter().find(|(name, _)| *name == word).map(|(_, right)| right);
                let right = right.expect("the table of words has rights and nothing else");
                self.rules.extend(policy_of(item, errors).map(|policy| (item.key.span(), right, policy)));
            }
        }
    }

    /// Everybody may do everything, and nothing else is said.
    pub(crate) fn is_plainly_public(&self) -> bool {
        let says_more = self.write.is_some()
            || !(self.rules.is_empty() && self.roles.is_empty() && self.denies.is_empty() && self.afters.is_empty());
        self.all.as_ref().is_some_and(Policy::is_public) && !says_more
    }

    /// The policy of a right: its own, or what is said of several.
    pub(crate) fn of(&self, right: &Right) -> Option<&Policy> {
        let own = self.rules.iter().find(|(_, of, _)| of == right).map(|(_, _, policy)| policy);
        let write = self.write.as_ref().filter(|_| matches!(right, Right::Create | Right::Update));
        let all = self.all.as_ref().filter(|_| !matches!(right, Right::Command(_)));
        own.or(write).or(all)
    }

    /// Every policy that is there.
    pub(crate) fn policies(&self) -> impl Iterator<Item = &Policy> {
        let rules = self.rules.iter().map(|(_, _, policy)| policy);
        let afters = self.afters.iter().map(|after| &after.holds);
        rules.chain(&self.all).chain(&self.write).chain(self.denies.iter().map(|deny| &deny.when)).chain(afters)
    }
}

impl FieldPermissions {
    pub(super) fn take(&mut self, item: &Item, errors: &Errors) {
        match item.key.to_string().as_str() {
            "owner" => self.owner = item.flag(errors).then(|| item.key.span()),
            "read" => self.read = policy_of(item, errors),
            "create" => self.create = policy_of(item, errors),
            "update" => self.update = policy_of(item, errors),
            "write" => self.write = policy_of(item, errors),
            other => unreachable!("`permission({other})` is ready and not read"),
        }
    }

    /// Whether not everybody who sees the record sees the field.
    pub(crate) fn is_narrower(&self) -> bool {
        self.mask.is_some() || self.read.as_ref().is_some_and(|policy| !policy.is_public())
    }

    pub(crate) fn create(&self) -> Option<&Policy> {
        self.create.as_ref().or(self.write.as_ref())
    }

    pub(crate) fn update(&self) -> Option<&Policy> {
        self.update.as_ref().or(self.write.as_ref())
    }

    /// Every policy that is there, with what it is about.
    pub(crate) fn policies(&self) -> impl Iterator<Item = (Right, &Policy)> {
        let read = self.read.as_ref().map(|policy| (Right::Read, policy));
        let create = self.create().map(|policy| (Right::Create, policy));
        let update = self.update().map(|policy| (Right::Update, policy));
        read.into_iter().chain(create).chain(update)
    }
}

/// `mask(last = 4)`
pub(super) fn mask(item: &Item, errors: &Errors) -> Option<Mask> {
    let form = "mask(last = 4)";
    let parts: Option<Vec<Item>> =
        item.list(form, errors)?.into_iter().map(|part| errors.keep(item::parse(part))).collect();
    match parts?.as_slice() {
        [part] if part.key == "last" => last(part, errors).map(|last| Mask { span: item.key.span(), last }),
        _ => item.malformed(form, errors),
    }
}

fn last(item: &Item, errors: &Errors) -> Option<u8> {
    let tokens = item.equals("last = 4", errors)?;
    let number = errors.keep(item::read(tokens, |input| input.parse::<LitInt>()))?;
    match number.base10_parse() {
        Ok(last @ 1..=LAST_MAX) => Some(last),
        _ => {
            errors.at(number.span(), format!("a mask shows the last 1 to {LAST_MAX} characters"));
            None
        }
    }
}

/// The policy of `key = policy`.
pub(crate) fn policy_of(item: &Item, errors: &Errors) -> Option<Policy> {
    let tokens = item.equals(&format!("{} = owner || role(Editor)", item.key), errors)?;
    errors.keep(policy::parse(tokens))
}

fn command(item: &Item, errors: &Errors) -> Option<(Span, Right, Policy)> {
    let Value::ListEquals(name, tokens) = &item.value else {
        return item.malformed("command(publish) = role(Editor)", errors);
    };
    let name = errors.keep(syn::parse::Parser::parse2(Ident::parse_any, name.clone()))?;
    let policy = errors.keep(policy::parse(tokens.clone()))?;
    Some((name.span(), Right::Command(name.unraw().to_string()), policy))
}

fn roles(item: &Item, errors: &Errors) -> Vec<Vec<Ident>> {
    let chain = |input: ParseStream<'_>| {
        let mut chain: Vec<Ident> = vec![input.parse()?];
        while input.parse::<Option<Token![>]>>()?.is_some() {
            chain.push(input.parse()?);
        }
        if input.is_empty() { Ok(chain) } else { Err(input.error("expected `>` and the next role, or a comma")) }
    };
    let parts = item.list("roles(Admin > Editor > Reader)", errors).unwrap_or_default();
    parts.into_iter().filter_map(|part| errors.keep(item::read(part, chain))).collect()
}

fn deny(item: &Item, errors: &Errors) -> Option<Deny> {
    let form = "deny(update, when = condition, message = \"..\")";
    let (mut rights, mut when, mut message) = (Vec::new(), None, None);
    for part in item.list(form, errors)? {
        let Some(part) = errors.keep(item::parse(part)) else { continue };
        match (part.key.to_string().as_str(), &part.value) {
            ("when", _) => when = policy_of(&part, errors),
            ("message", _) => message = part.string(errors),
            ("command", Value::List(name)) => {
                let name = errors.keep(syn::parse::Parser::parse2(Ident::parse_any, name.clone()))?;
                rights.push(Right::Command(name.unraw().to_string()));
            }
            ("write", Value::None) => rights.extend([Right::Create, Right::Update]),
            (_, Value::None) => rights.extend(named_right(&part.key, errors)),
            _ => return item.malformed(form, errors),
        }
    }
    match when {
        Some(when) if !rights.is_empty() => Some(Deny { span: item.key.span(), rights, when, message }),
        _ => item.malformed(form, errors),
    }
}

fn named_right(word: &Ident, errors: &Errors) -> Option<Right> {
    let known: Vec<(&str, usize)> = RIGHTS.iter().map(|(name, _)| *name).zip(0..).collect();
    words::one_of("operation", word, &known, &[], errors).map(|place| RIGHTS[place].1.clone())
}

fn after(item: &Item, errors: &Errors) -> Option<After> {
    let form = "after(update, condition, message = \"..\")";
    let mut parts = item.list(form, errors)?.into_iter();
    let (Some(right), Some(holds)) = (parts.next(), parts.next()) else { return item.malformed(form, errors) };
    let right = errors.keep(item::read(right, policy::right))?;
    if !matches!(right, Right::Create | Right::Update) {
        errors.at(item.key.span(), "`after` is about a record that is stored: `create` or `update`");
        return None;
    }
    let holds = errors.keep(policy::parse(holds))?;
    let message = match parts.next() {
        None => None,
        Some(part) => match errors.keep(item::parse(part))? {
            part if part.key == "message" => part.string(errors),
            _ => return item.malformed(form, errors),
        },
    };
    if parts.next().is_some() {
        return item.malformed(form, errors);
    }
    Some(After { right, holds, message })
}
