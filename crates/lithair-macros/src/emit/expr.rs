use proc_macro2::{Literal, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Ident, Path, Type};

use crate::expr::{Arithmetic, Comparison, Constant, Form, Node};

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
        Form::Member(..) => {
            let (field, path) = node.inside().expect("a path begins with a field");
            let path = format!("{}.{path}", field.unraw());
            quote!(_m::of(#path))
        }
        Form::Call(function, inner) => {
            let (function, inner) = (Ident::new(function.word(), Span::call_site()), expr(inner));
            quote!(_m::#function(&#inner))
        }
        Form::Now(0) => quote!(_m::now()),
        Form::Now(micros) => {
            let micros = micros_of(*micros);
            quote!(_m::now_and(#micros))
        }
        Form::Reckon(one, arithmetic, other) => {
            let (one, other) = (expr(one), expr(other));
            let word = match arithmetic {
                Arithmetic::Add => quote!(plus),
                Arithmetic::Subtract => quote!(minus),
                Arithmetic::Multiply => quote!(times),
                Arithmetic::Divide => quote!(over),
            };
            quote!(_m::#word(&#one, &#other))
        }
        Form::Negative(inner) => {
            let inner = expr(inner);
            quote!(_m::negative(&#inner))
        }
        Form::OrElse(one, other) => {
            let (one, other) = (expr(one), expr(other));
            quote!(_m::or_else(&#one, &#other))
        }
        Form::Choice(condition, one, other) => {
            let (condition, one, other) = (expr(condition), expr(one), expr(other));
            quote!(_m::choice(&#condition, &#one, &#other))
        }
        Form::Rounded(inner, places) => {
            let (inner, places) = (expr(inner), Literal::u8_unsuffixed(*places));
            quote!(_m::rounded(&#inner, #places))
        }
        Form::Duration(micros) => {
            let micros = micros_of(*micros);
            quote!(_m::duration(#micros))
        }
        Form::Code(path) => code(path, &quote!(bool)),
        Form::Constant(constant) => {
            let literal = literal(constant);
            quote!(_m::value(#literal))
        }
    }
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

fn micros_of(micros: i64) -> TokenStream {
    whole(micros.into())
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
