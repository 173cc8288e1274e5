//! A field as a constant: its type, and a word for each thing that it declares.

use proc_macro2::{Literal, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Ident, Path, Type};

use super::at;
use super::expr::{expr, literal};
use crate::ast::Field;
use crate::attr::computed::{Computed, ComputedForm};
use crate::attr::field::{Auto, DefaultValue, FieldAttributes};
use crate::attr::rule::{Rule, RuleForm};
use crate::attr::states::States;
use crate::attr::upcast::Upcast;
use crate::types::{Class, Shape};

/// The key of a model that declares none.
pub(super) fn implicit_key() -> TokenStream {
    quote!(_m::field::<_m::Uuid>("id").auto(_m::Auto::Uuid7))
}

/// A field: what its type says, and a word for each thing that is declared.
pub(crate) fn schema(field: &Field) -> TokenStream {
    let (name, ty, attributes) = (&field.name, &field.ty, &field.attributes);
    // The mistake that rustc finds most often, a type that is no field's, is said at the type.
    let plain = quote_spanned!(at(ty)=> _m::field::<#ty>(#name));
    let storage = storage(attributes, ty);
    let exposure = exposure(attributes);
    let rules = (!attributes.rules.is_empty()).then(|| {
        let rules = rules(&attributes.rules, &field.shape);
        quote!(.rules(#rules))
    });
    let normalizers = (!attributes.normalizers.is_empty()).then(|| {
        let names = attributes.normalizers.iter().map(|(_, name)| Ident::new(name, Span::call_site()));
        quote!(.normalizers(&[#(_m::#names),*]))
    });
    let access = super::policy::field(&attributes.permissions);
    quote!(#plain #storage #exposure #access #rules #normalizers)
}

/// What `db` and `lifecycle` declare.
fn storage(attributes: &FieldAttributes, ty: &Type) -> TokenStream {
    let decimal = attributes.decimal.as_ref().map(|decimal| {
        let precision = Literal::u8_unsuffixed(decimal.precision);
        let scale = Literal::u8_unsuffixed(decimal.scale);
        quote!(.decimal(#precision, #scale))
    });
    let auto = attributes.auto.map(|(_, auto)| match auto {
        Auto::Uuid7 => quote!(.auto(_m::Auto::Uuid7)),
        Auto::Ulid => quote!(.auto(_m::Auto::Ulid)),
        Auto::Sequence => quote!(.auto(_m::Auto::Sequence)),
        Auto::Created => quote!(.auto(_m::Auto::Created)),
        Auto::Updated => quote!(.auto(_m::Auto::Updated)),
        Auto::Deleted => quote!(.auto(_m::Auto::Deleted)),
    });
    let default = attributes.default.as_ref().map(|value| given("default", value, ty));
    let on_update = attributes.on_update.as_ref().map(|value| given("on_update", value, ty));
    let backfill = attributes.backfill.as_ref().map(|value| given("backfill", value, ty));
    let upcast = attributes.upcast.as_ref().map(|declared| upcast(declared, ty));
    let mutability = attributes.mutability.iter().map(|(_, mutability)| {
        let word = Ident::new(mutability.word(), Span::call_site());
        quote!(.#word())
    });
    let machine = attributes.states.as_ref().map(states);
    let history = super::history(&attributes.history);
    let computed = attributes.computed.as_ref().map(|declared| computed(declared, ty));
    quote!(#computed #machine #decimal #auto #default #on_update #backfill #upcast #(#mutability)* #history)
}

fn computed(computed: &Computed, ty: &Type) -> TokenStream {
    let stored = computed.stored.map(|_| quote!(.stored()));
    let from = match &computed.form {
        ComputedForm::Expr(node) => of(quote!(.computed), super::expr::value(node, ty)),
        ComputedForm::Related(related) => {
            let (function, link) = (Ident::new(related.function, Span::call_site()), related.link.unraw().to_string());
            let value = related.value.as_ref().map(|node| of(quote!(.value), expr(node)));
            let among = related.condition.as_ref().map(|node| of(quote!(.among), expr(node)));
            quote!(.related(_m::#function(#link) #value #among))
        }
    };
    quote!(#from #stored)
}

fn states(states: &States) -> TokenStream {
    let initial = states.initial.to_string();
    let transitions = states.transitions.iter().map(|way| {
        let (name, to) = (way.name.unraw().to_string(), way.to.to_string());
        let from = way.from.iter().map(ToString::to_string);
        let guard = way.guard.as_ref().map(|guard| of(quote!(.guard), expr(guard)));
        let by = way.by.as_ref().map(|by| {
            let policy = super::policy::policy(by);
            quote!(.by(&#policy))
        });
        quote!(_m::way(#name, &[#(#from),*], #to)#guard #by)
    });
    quote!(.states(&_m::states(#initial, &[#(#transitions),*])))
}

/// What `http` declares, but for rules and normalizers.
fn exposure(attributes: &FieldAttributes) -> TokenStream {
    let renamed_from = attributes.renamed_from.as_ref().map(|former| quote!(.renamed_from(#former)));
    let wire = attributes.rename.as_ref().map(|wire| quote!(.wire(#wire)));
    let hidden = attributes.hidden.map(|_| quote!(.exposure(_m::Hidden)));
    let read_only = attributes.read_only.map(|_| quote!(.exposure(_m::ReadOnly)));
    let write_only = attributes.write_only.map(|_| quote!(.exposure(_m::WriteOnly)));
    let example = attributes.example.as_ref().map(|example| {
        let example = literal(&example.value);
        quote!(.example(#example))
    });
    let deprecated = attributes.deprecated.as_ref().map(|advice| quote!(.deprecated(#advice)));
    let filter = attributes.filter.map(|_| quote!(.filter()));
    let guarded = attributes.guarded.map(|_| quote!(.guarded()));
    let sort = attributes.sort.map(|_| quote!(.sort()));
    quote!(#renamed_from #wire #hidden #read_only #write_only #example #deprecated #filter #guarded #sort)
}

/// The value that the server gives, at a create or a change.
fn given(word: &str, value: &DefaultValue, ty: &Type) -> TokenStream {
    match value {
        DefaultValue::Expr(node) => {
            let (word, value) = (Ident::new(word, Span::call_site()), expr(node));
            quote!(.#word(#value))
        }
        // The type makes rustc say at the path that the function gives something else.
        DefaultValue::Function(path) => {
            let word = Ident::new(&format!("{word}_of"), Span::call_site());
            quote!(.#word(|| <#ty as _m::FieldType>::to_value(&#path())))
        }
    }
}

/// A function of former fields. The types that it takes are its own; that it gives the field's, rustc says at its path.
fn upcast(upcast: &Upcast, ty: &Type) -> TokenStream {
    let sources = upcast.sources.iter().map(|source| source.unraw().to_string());
    let path = &upcast.function;
    let taken = (0..upcast.sources.len().max(1)).map(|_| quote!(_,));
    let taken = quote!((#(#taken)*));
    let at = path.span().resolved_at(Span::call_site());
    let inputs = quote_spanned!(at=> || _m::upcast_inputs::<#ty, #taken, _>(#path));
    let function = quote_spanned!(at=> |values| _m::upcast::<#ty, #taken, _>(#path, values));
    quote!(.upcast(&[#(#sources),*], #inputs, #function))
}

fn rules(rules: &[Rule], shape: &Shape) -> TokenStream {
    let rules = rules.iter().map(|rule| rule_schema(rule, shape));
    quote!(&[#(#rules),*])
}

fn rule_schema(rule: &Rule, shape: &Shape) -> TokenStream {
    let form = form(&rule.form, shape);
    let message = rule.message.as_ref().map(|message| quote!(.message(#message)));
    let condition = rule.condition.as_ref().map(|condition| {
        let condition = expr(condition);
        quote!(.when(#condition))
    });
    quote!(_m::#form #message #condition)
}

/// A call of the rule's constructor, without its path.
fn form(form: &RuleForm, shape: &Shape) -> TokenStream {
    match form {
        RuleForm::Required => quote!(required()),
        RuleForm::NonEmpty => quote!(non_empty()),
        RuleForm::Len(min, max) => {
            let (min, max) = (count(*min), count(*max));
            quote!(length(#min, #max))
        }
        RuleForm::Bytes(min, max) => {
            let (min, max) = (count(*min), count(*max));
            quote!(bytes(#min, #max))
        }
        RuleForm::Range(min, max) => {
            let min = min.as_ref().map(|bound| literal(&bound.value));
            let max = max.as_ref().map(|bound| literal(&bound.value));
            match (min, max) {
                (Some(min), Some(max)) => quote!(between(#min, #max)),
                (Some(min), None) => quote!(at_least(#min)),
                (None, max) => quote!(at_most(#max)),
            }
        }
        RuleForm::Greater(bound) => of(quote!(above), literal(&bound.value)),
        RuleForm::Less(bound) => of(quote!(below), literal(&bound.value)),
        RuleForm::MultipleOf(factor) => of(quote!(multiple_of), literal(&factor.value)),
        RuleForm::OneOf(values) => {
            let values = values.iter().map(|value| literal(&value.value));
            quote!(one_of(&[#(#values),*]))
        }
        RuleForm::Regex(pattern) => of(quote!(regex), quote!(#pattern)),
        RuleForm::Format(format) => {
            let format = Ident::new(format, Span::call_site());
            quote!(format(_m::Format::#format))
        }
        RuleForm::Past => quote!(past()),
        RuleForm::Future => quote!(future()),
        RuleForm::StartsWith(text) => of(quote!(starts_with), quote!(#text)),
        RuleForm::EndsWith(text) => of(quote!(ends_with), quote!(#text)),
        RuleForm::Contains(text) => of(quote!(contains), quote!(#text)),
        RuleForm::UniqueItems => quote!(unique_items()),
        // On what is no list it was refused.
        RuleForm::Each(each) => match &shape.class {
            Class::List(element) => of(quote!(each), rules(each, element)),
            _ => quote!(each(&[])),
        },
        RuleForm::Json(ty) => quote_spanned!(at(ty)=> json::<#ty>()),
        RuleForm::With(path) => function(path, &shape.inner),
    }
}

fn of(rule: TokenStream, argument: TokenStream) -> TokenStream {
    quote!(#rule(#argument))
}

fn count(count: u64) -> TokenStream {
    let literal = Literal::u64_unsuffixed(count);
    if count == u64::MAX { quote!(u64::MAX) } else { quote!(#literal) }
}

/// A function of the application. It takes a reference to the present value, so one of `&str` does for a `String`.
fn function(path: &Path, ty: &Type) -> TokenStream {
    let text = quote!(#path).to_string().replace(' ', "");
    // A function of another type is said at its path.
    let call = quote_spanned!(path.span().resolved_at(Span::call_site())=> |value| #path(value));
    quote!(with(#text, |value| _m::judge::<#ty, _>(value, #call)))
}
