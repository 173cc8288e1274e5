use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens, quote};

use crate::expr::{Comparison, Constant, Form, Node};

/// An expression as a constant.
pub(super) fn expr(node: &Node) -> TokenStream {
    match &node.form {
        Form::All(inner) => {
            let inner = inner.iter().map(expr);
            quote!(__lithair::Expr::All(&[#(#inner),*]))
        }
        Form::Any(inner) => {
            let inner = inner.iter().map(expr);
            quote!(__lithair::Expr::Any(&[#(#inner),*]))
        }
        Form::Not(inner) => {
            let inner = expr(inner);
            quote!(__lithair::Expr::Not(&#inner))
        }
        Form::Compare(left, comparison, right) => compare(&expr(left), *comparison, &expr(right)),
        Form::IsNull(inner, negated) => {
            let comparison = if *negated { Comparison::NotEqual } else { Comparison::Equal };
            compare(&expr(inner), comparison, &quote!(__lithair::Expr::Literal(__lithair::Literal::Null)))
        }
        Form::In(left, list) => {
            let (left, list) = (expr(left), list.iter().map(expr));
            quote!(__lithair::Expr::In(&#left, &[#(#list),*]))
        }
        Form::Field(name) => {
            let name = syn::ext::IdentExt::unraw(name).to_string();
            quote!(__lithair::Expr::Field(#name))
        }
        Form::Len(inner) => {
            let inner = expr(inner);
            quote!(__lithair::Expr::Call(__lithair::Function::Len, &#inner))
        }
        Form::Now => quote!(__lithair::Expr::Now(0)),
        Form::Constant(constant) => {
            let literal = literal(constant);
            quote!(__lithair::Expr::Literal(#literal))
        }
    }
}

fn compare(left: &TokenStream, comparison: Comparison, right: &TokenStream) -> TokenStream {
    let comparison = match comparison {
        Comparison::Equal => quote!(Equal),
        Comparison::NotEqual => quote!(NotEqual),
        Comparison::Less => quote!(Less),
        Comparison::LessOrEqual => quote!(LessOrEqual),
        Comparison::Greater => quote!(Greater),
        Comparison::GreaterOrEqual => quote!(GreaterOrEqual),
    };
    quote!(__lithair::Expr::Compare(&#left, __lithair::Comparison::#comparison, &#right))
}

/// A constant of a rule or an expression.
pub(super) fn literal(constant: &Constant) -> TokenStream {
    match constant {
        Constant::Bool(flag) => quote!(__lithair::Literal::Bool(#flag)),
        Constant::Int(number) => {
            let number = whole(*number);
            quote!(__lithair::Literal::Int(#number))
        }
        Constant::Number(text) => quote!(__lithair::Literal::Number(#text)),
        Constant::Text(text) => quote!(__lithair::Literal::Text(#text)),
        Constant::Variant(path) => {
            let last = path.segments.last().map(|last| syn::ext::IdentExt::unraw(&last.ident).to_string());
            quote!(__lithair::Literal::Variant(#last))
        }
    }
}

/// A sign is a token of its own.
fn whole(number: i128) -> TokenStream {
    let digits = Literal::u128_unsuffixed(number.unsigned_abs());
    if number < 0 { quote!(-#digits) } else { digits.into_token_stream() }
}
