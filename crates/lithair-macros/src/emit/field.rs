use proc_macro2::{Literal, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Ident, Type};

use super::expr::{expr, literal};
use super::{at, option};
use crate::ast::Field;
use crate::attr::field::{Auto, Default_};
use crate::attr::rule::{Rule, RuleConstant, RuleForm};
use crate::types::{Class, Shape};

/// The key of a model that declares none.
pub(super) fn implicit_key() -> TokenStream {
    let auto = option(Some(quote!(__lithair::Auto::Uuid7)));
    quote!(__lithair::FieldSchema { auto: #auto, ..__lithair::FieldSchema::of::<__lithair::Uuid>("id") })
}

/// A field: what its type says, and what differs from it.
pub(super) fn schema(field: &Field) -> TokenStream {
    let (name, ty) = (&field.name, &field.ty);
    // The mistake that rustc finds most often, a type that is no field's, is said at the type.
    let plain = quote_spanned!(at(ty)=> __lithair::FieldSchema::of::<#ty>(#name));
    let declared = declared(field);
    if declared.is_empty() { plain } else { quote!(__lithair::FieldSchema { #(#declared,)* ..#plain }) }
}

/// The members of `FieldSchema` that are not as its type says.
fn declared(field: &Field) -> Vec<TokenStream> {
    let attributes = &field.attributes;
    let exposure =
        [("Hidden", attributes.hidden), ("ReadOnly", attributes.read_only), ("WriteOnly", attributes.write_only)];
    let exposure = exposure.iter().find_map(|(name, span)| span.map(|_| Ident::new(name, Span::call_site())));
    let members = [
        attributes.rename.as_ref().map(|wire| quote!(wire: #wire)),
        attributes.decimal.as_ref().map(|decimal| {
            let precision = Literal::u8_unsuffixed(decimal.precision);
            let scale = Literal::u8_unsuffixed(decimal.scale);
            let digits = option(Some(quote!(__lithair::DecimalSchema { precision: #precision, scale: #scale })));
            quote!(decimal: #digits)
        }),
        attributes.auto.map(|(_, auto)| {
            let auto = match auto {
                Auto::Uuid7 => quote!(__lithair::Auto::Uuid7),
                Auto::Sequence => quote!(__lithair::Auto::Sequence),
            };
            let auto = option(Some(auto));
            quote!(auto: #auto)
        }),
        attributes.default.as_ref().map(|value| {
            let value = option(Some(default(value, &field.ty)));
            quote!(default: #value)
        }),
        exposure.map(|exposure| quote!(exposure: __lithair::Exposure::#exposure)),
        attributes.immutable.then(|| quote!(immutable: true)),
        (!attributes.rules.is_empty()).then(|| {
            let rules = rules(&attributes.rules, &field.shape);
            quote!(rules: #rules)
        }),
        (!attributes.normalizers.is_empty()).then(|| {
            let names = attributes.normalizers.iter().map(|(_, name)| Ident::new(name, Span::call_site()));
            quote!(normalizers: &[#(__lithair::Normalizer::#names),*])
        }),
        attributes.filter.map(|_| quote!(filter: true)),
        attributes.sort.map(|_| quote!(sort: true)),
    ];
    members.into_iter().flatten().collect()
}

fn default(value: &Default_, ty: &Type) -> TokenStream {
    match value {
        Default_::Expr(node) => {
            let value = expr(node);
            quote!(__lithair::DefaultValue::Expr(#value))
        }
        // The annotation makes rustc say at the path that the function gives something else.
        Default_::Function(path) => quote! {
            __lithair::DefaultValue::Function(|| {
                let value: #ty = #path();
                __lithair::FieldType::to_value(&value)
            })
        },
    }
}

fn rules(rules: &[Rule], shape: &Shape) -> TokenStream {
    let rules = rules.iter().map(|rule| rule_schema(rule, shape));
    quote!(&[#(#rules),*])
}

fn rule_schema(rule: &Rule, shape: &Shape) -> TokenStream {
    let form = form(&rule.form, shape);
    let message = rule.message.as_ref().map(|message| {
        let message = option(Some(quote!(#message)));
        quote!(message: #message,)
    });
    let condition = rule.condition.as_ref().map(|condition| {
        let condition = option(Some(expr(condition)));
        quote!(condition: #condition,)
    });
    let plain = quote!(__lithair::RuleSchema::of(__lithair::Rule::#form));
    if message.is_none() && condition.is_none() {
        return plain;
    }
    quote!(__lithair::RuleSchema { #message #condition ..#plain })
}

/// A rule, without the path of its enum.
fn form(form: &RuleForm, shape: &Shape) -> TokenStream {
    match form {
        RuleForm::Required => quote!(Required),
        RuleForm::NonEmpty => quote!(NonEmpty),
        RuleForm::Len(min, max) => counts(quote!(Len), *min, *max),
        RuleForm::Bytes(min, max) => counts(quote!(Bytes), *min, *max),
        RuleForm::Range(min, max) => {
            let (min, max) = (bound(min.as_ref()), bound(max.as_ref()));
            quote!(Range { min: #min, max: #max })
        }
        RuleForm::Greater(bound) => with(quote!(Greater), literal(&bound.value)),
        RuleForm::Less(bound) => with(quote!(Less), literal(&bound.value)),
        RuleForm::MultipleOf(factor) => with(quote!(MultipleOf), literal(&factor.value)),
        RuleForm::OneOf(values) => {
            let values = values.iter().map(|value| literal(&value.value));
            quote!(OneOf(&[#(#values),*]))
        }
        RuleForm::Regex(pattern) => with(quote!(Regex), quote!(#pattern)),
        RuleForm::Format(format) => {
            let format = Ident::new(format, Span::call_site());
            quote!(Format(__lithair::Format::#format))
        }
        RuleForm::Past => quote!(Past),
        RuleForm::Future => quote!(Future),
        RuleForm::StartsWith(text) => with(quote!(StartsWith), quote!(#text)),
        RuleForm::EndsWith(text) => with(quote!(EndsWith), quote!(#text)),
        RuleForm::Contains(text) => with(quote!(Contains), quote!(#text)),
        RuleForm::UniqueItems => quote!(UniqueItems),
        RuleForm::Each(each) => match &shape.class {
            Class::List(element) => with(quote!(Each), rules(each, element)),
            _ => unreachable!("`each` was checked to be on a list"),
        },
        RuleForm::With(path) => function(path, &shape.inner),
    }
}

fn with(rule: TokenStream, argument: TokenStream) -> TokenStream {
    quote!(#rule(#argument))
}

fn counts(rule: TokenStream, min: u64, max: u64) -> TokenStream {
    let min = Literal::u64_unsuffixed(min);
    let max = if max == u64::MAX { quote!(u64::MAX) } else { with_literal(Literal::u64_unsuffixed(max)) };
    quote!(#rule { min: #min, max: #max })
}

fn with_literal(literal: Literal) -> TokenStream {
    quote!(#literal)
}

fn bound(bound: Option<&RuleConstant>) -> TokenStream {
    option(bound.map(|bound| literal(&bound.value)))
}

/// A function of the application. It takes a reference to the present value, so `&str` does for a `String`.
fn function(path: &syn::Path, ty: &Type) -> TokenStream {
    let text = quote!(#path).to_string().replace(' ', "");
    quote! {
        With {
            path: #text,
            check: |value| {
                let value: #ty = __lithair::FieldType::from_value(value.clone()).map_err(|error| error.to_string())?;
                #path(&value).map_err(|error| error.to_string())
            },
        }
    }
}
