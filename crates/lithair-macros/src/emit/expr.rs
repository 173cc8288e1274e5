//! Expressions as constants: calls of `lithair_model::declare`.

use proc_macro2::{Literal, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Ident, Path, Type};

use crate::expr::{Arithmetic, Comparison, Constant, Form, Node};

/// An expression as a constant.
pub(super) fn expr(node: &Node) -> TokenStream {
    match &node.form {
        Form::All(inner) => joined("all", inner),
        Form::Any(inner) => joined("any", inner),
        Form::Not(inner) => called("not", &[inner]),
        Form::Compare(left, comparison, right) => compared(&expr(left), *comparison, &expr(right)),
        Form::IsNull(inner, negated) => {
            let comparison = if *negated { Comparison::NotEqual } else { Comparison::Equal };
            compared(&expr(inner), comparison, &quote!(_m::value(_m::null())))
        }
        Form::In(left, list) => {
            let (left, list) = (expr(left), list.iter().map(expr));
            quote!(_m::one_among(&#left, &[#(#list),*]))
        }
        Form::Field(name) => named(&name.unraw().to_string()),
        Form::Member(..) => {
            let (field, path) = node.inside().expect("a path begins with a field");
            named(&format!("{}.{path}", field.unraw()))
        }
        Form::Call(function, inner) => called(function.word(), &[inner]),
        Form::Reckon(one, arithmetic, other) => called(reckoning(*arithmetic), &[one, other]),
        Form::Negative(inner) => called("negative", &[inner]),
        Form::OrElse(one, other) => called("or_else", &[one, other]),
        Form::Choice(condition, one, other) => called("choice", &[condition, one, other]),
        Form::Rounded(inner, places) => {
            let (inner, places) = (expr(inner), Literal::u8_unsuffixed(*places));
            quote!(_m::rounded(&#inner, #places))
        }
        Form::Now(0) => quote!(_m::now()),
        Form::Now(micros) => of_micros("now_and", *micros),
        Form::Duration(micros) => of_micros("duration", *micros),
        Form::Code(path) => code(path, &quote!(bool)),
        Form::Constant(constant) => {
            let literal = literal(constant);
            quote!(_m::value(#literal))
        }
    }
}

/// A function of `lithair_model::declare`, of these expressions.
fn called(function: &str, of: &[&Node]) -> TokenStream {
    let (function, of) = (Ident::new(function, Span::call_site()), of.iter().map(|node| expr(node)));
    quote!(_m::#function(#(&#of),*))
}

fn joined(function: &str, parts: &[Node]) -> TokenStream {
    let (function, parts) = (Ident::new(function, Span::call_site()), parts.iter().map(expr));
    quote!(_m::#function(&[#(#parts),*]))
}

fn named(field: &str) -> TokenStream {
    quote!(_m::of(#field))
}

fn reckoning(arithmetic: Arithmetic) -> &'static str {
    match arithmetic {
        Arithmetic::Add => "plus",
        Arithmetic::Subtract => "minus",
        Arithmetic::Multiply => "times",
        Arithmetic::Divide => "over",
    }
}

fn of_micros(function: &str, micros: i64) -> TokenStream {
    let (function, micros) = (Ident::new(function, Span::call_site()), whole(micros.into()));
    quote!(_m::#function(#micros))
}

/// A value of a computed field of this type: a function of the application gives the field's.
pub(super) fn value(node: &Node, ty: &Type) -> TokenStream {
    match &node.form {
        Form::Code(path) => code(path, &quote!(#ty)),
        _ => expr(node),
    }
}

/// A function of the application. One of another type is said at its path.
fn code(path: &Path, ty: &TokenStream) -> TokenStream {
    let text = quote!(#path).to_string().replace(' ', "");
    let call = quote_spanned!(path.span().resolved_at(Span::call_site())=> |record: &Self| -> #ty { #path(record) });
    quote!(_m::code::<#ty>(#text, |values| _m::ask(values, #call)))
}

pub(super) fn compared(left: &TokenStream, comparison: Comparison, right: &TokenStream) -> TokenStream {
    let comparison = match comparison {
        Comparison::Equal => quote!(eq),
        Comparison::NotEqual => quote!(ne),
        Comparison::Less => quote!(lt),
        Comparison::LessOrEqual => quote!(le),
        Comparison::Greater => quote!(gt),
        Comparison::GreaterOrEqual => quote!(ge),
    };
    quote!(_m::#comparison(&#left, &#right))
}

/// A constant of a rule or an expression.
pub(super) fn literal(constant: &Constant) -> TokenStream {
    match constant {
        Constant::Bool(flag) => quote!(_m::flag(#flag)),
        Constant::Int(number) => {
            let number = whole(*number);
            quote!(_m::int(#number))
        }
        Constant::Number(text) => quote!(_m::number(#text)),
        Constant::Text(text) => quote!(_m::text(#text)),
        Constant::Variant(path) => {
            let last = path.segments.last().map(|last| last.ident.unraw().to_string());
            quote!(_m::variant(#last))
        }
    }
}

/// A sign is a token of its own.
fn whole(number: i128) -> TokenStream {
    let digits = Literal::u128_unsuffixed(number.unsigned_abs());
    if number < 0 { quote!(-#digits) } else { digits.into_token_stream() }
}
