use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;

use crate::expr::{Comparison, Constant, Form, Node};

/// An expression as a constant.
pub(super) fn expr(node: &Node) -> TokenStream {
    match &node.form {
        Form::All(inner) => {
            let inner = inner.iter().map(expr);
            quote!(_m::all(&[#(#inner),*]))
        }
        Form::Any(inner) => {
            let inner = inner.iter().map(expr);
            quote!(_m::any(&[#(#inner),*]))
        }
        Form::Not(inner) => {
            let inner = expr(inner);
            quote!(_m::not(&#inner))
        }
        Form::Compare(left, comparison, right) => compared(&expr(left), *comparison, &expr(right)),
        Form::IsNull(inner, negated) => {
            let comparison = if *negated { Comparison::NotEqual } else { Comparison::Equal };
            compared(&expr(inner), comparison, &quote!(_m::value(_m::null())))
        }
        Form::In(left, list) => {
            let (left, list) = (expr(left), list.iter().map(expr));
            quote!(_m::one_among(&#left, &[#(#list),*]))
        }
        Form::Field(name) => {
            let name = name.unraw().to_string();
            quote!(_m::of(#name))
        }
        Form::Len(inner) => {
            let inner = expr(inner);
            quote!(_m::len(&#inner))
        }
        Form::Now => quote!(_m::now()),
        Form::Constant(constant) => {
            let literal = literal(constant);
            quote!(_m::value(#literal))
        }
    }
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
