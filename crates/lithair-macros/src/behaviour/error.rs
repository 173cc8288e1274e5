//! `#[derive(CommandError)]`.

use proc_macro2::{Literal, TokenStream};
use quote::quote;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Data, DeriveInput, Fields, Ident, LitInt, LitStr, Token, Variant};

use crate::case;
use crate::emit;
use crate::errors::Errors;
use crate::expand::expand;

/// The implementation of `CommandError` for an enum.
pub(crate) fn error(input: TokenStream) -> TokenStream {
    expand(input, implementation, |_| TokenStream::new())
}

fn implementation(input: &DeriveInput, errors: &Errors) -> Option<TokenStream> {
    let ident = &input.ident;
    let Data::Enum(data) = &input.data else {
        errors.at(ident.span(), "the reasons of a command are an enum");
        return None;
    };
    let reasons: Vec<Reason<'_>> = data.variants.iter().filter_map(|variant| reason(variant, errors)).collect();
    let (schemas, arms) = (reasons.iter().map(Reason::schema), reasons.iter().map(Reason::arm));
    let tokens = emit::block(
        None,
        quote! {
            #[automatically_derived]
            impl _m::CommandError for #ident {
                const ERRORS: &'static [_m::ErrorSchema] = &[#(#schemas),*];
                fn failure(&self) -> _m::Failure {
                    match self {
                        #(#arms)*
                    }
                }
            }
        },
    );
    Some(tokens)
}

/// A variant: the status of the answer, and what it says.
struct Reason<'a> {
    variant: &'a Variant,
    code: String,
    status: u16,
    detail: LitStr,
}

impl Reason<'_> {
    fn schema(&self) -> TokenStream {
        let (code, detail, status) = (&self.code, &self.detail, Literal::u16_unsuffixed(self.status));
        quote!(_m::ErrorSchema { status: #status, code: #code, detail: #detail })
    }

    fn arm(&self) -> TokenStream {
        let Self { variant, code, detail, .. } = self;
        let (ident, status) = (&variant.ident, Literal::u16_unsuffixed(self.status));
        let members: Vec<&Ident> = variant.fields.iter().filter_map(|field| field.ident.as_ref()).collect();
        // A member that the text does not name is not unused: it is part of the reason.
        quote! {
            Self::#ident { #(#members),* } => {
                #(let _ = #members;)*
                _m::Failure { status: #status, code: #code, detail: ::std::format!(#detail) }
            }
        }
    }
}

/// `#[error(status = 422, "percent must be between 1 and 50")]`.
fn reason<'a>(variant: &'a Variant, errors: &Errors) -> Option<Reason<'a>> {
    if let Fields::Unnamed(_) = &variant.fields {
        errors.at(variant.ident.span(), "name the fields, so that the text can name them: `\"only {left} are left\"`");
        return None;
    }
    let attribute = variant.attrs.iter().find(|attribute| attribute.path().is_ident("error"));
    let Some(attribute) = attribute else {
        errors.at(variant.ident.span(), "what does it say? `#[error(status = 409, \"..\")]`");
        return None;
    };
    let (status, detail) = errors.keep(attribute.parse_args_with(status_and_text))?;
    let number = status.base10_parse::<u16>().unwrap_or(0);
    if !(400..500).contains(&number) {
        errors.at(status.span(), "a refusal is the caller's matter: the status is 400 to 499");
    }
    let code = case::snake(&variant.ident.unraw().to_string()).replace('_', "-");
    Some(Reason { variant, code, status: number, detail })
}

fn status_and_text(input: ParseStream<'_>) -> syn::Result<(LitInt, LitStr)> {
    if !input.fork().call(Ident::parse_any).is_ok_and(|word| word == "status") {
        return Err(input.error("expected `status = 409, \"..\"`"));
    }
    input.call(Ident::parse_any)?;
    input.parse::<Token![=]>()?;
    let status = input.parse()?;
    input.parse::<Token![,]>()?;
    Ok((status, input.parse()?))
}
