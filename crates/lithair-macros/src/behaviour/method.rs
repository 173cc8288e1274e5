//! What commands and hooks have in common: the receiver, the context, the parameters, what is returned.

use syn::spanned::Spanned as _;
use syn::{FnArg, GenericArgument, ImplItemFn, Pat, PathArguments, ReceiverKind, ReturnType, Type};

use crate::ast::Field;
use crate::attr::field;
use crate::attr::words::{self, Place};
use crate::errors::Errors;
use crate::types::Shape;

/// Whether the method is `fn name(&mut self, cx: &Context, ..)`. Says what is not so.
pub(super) fn begins_right(method: &ImplItemFn, errors: &Errors) -> bool {
    let signature = &method.sig;
    if let Some(word) = &signature.asyncness {
        errors.at(word.span, "a decision is taken at one moment and waits for nothing: it is not `async`");
        return false;
    }
    let is_mutable =
        signature.receiver().is_some_and(|this| matches!(this.kind, ReceiverKind::Reference(_, _, Some(_))));
    if !is_mutable {
        errors.at(signature.ident.span(), "expected `&mut self`: the method changes the record it is called on");
        return false;
    }
    let has_context = matches!(signature.inputs.iter().nth(1), Some(FnArg::Typed(second)) if is_context(&second.ty));
    if !has_context {
        errors.at(signature.ident.span(), "expected `cx: &Context` after `&mut self`");
    }
    has_context
}

pub(super) fn is_context(ty: &Type) -> bool {
    let Type::Reference(reference) = ty else { return false };
    matches!(&*reference.elem, Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == "Context"))
}

/// The parameters behind the context, as fields of a form. Their attributes are taken from the method; those of nobody are rustc's to refuse.
pub(super) fn parameters(method: &mut ImplItemFn, errors: &Errors) -> Vec<Field> {
    let mut fields = Vec::new();
    for input in method.sig.inputs.iter_mut().skip(2) {
        let FnArg::Typed(parameter) = input else { continue };
        let Pat::Ident(pattern) = &*parameter.pat else {
            errors.at(parameter.pat.span(), "a parameter of a command has a name");
            continue;
        };
        let (attributes, others) = std::mem::take(&mut parameter.attrs)
            .into_iter()
            .partition::<Vec<_>, _>(|it| words::attribute(it).is_some());
        parameter.attrs = others;
        let ident = pattern.ident.clone();
        fields.push(Field {
            name: syn::ext::IdentExt::unraw(&ident).to_string(),
            ident,
            ty: (*parameter.ty).clone(),
            shape: Shape::of(&parameter.ty, errors),
            attributes: field::parse(&attributes, Place::Parameter, errors),
        });
    }
    fields
}

/// `T` and `E` of `Result<T, E>`.
pub(super) fn result(method: &ImplItemFn) -> Option<(&Type, &Type)> {
    let ReturnType::Type(_, ty) = &method.sig.output else { return None };
    let Type::Path(path) = &**ty else { return None };
    let last = path.path.segments.last().filter(|last| last.ident == "Result")?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.iter().collect::<Vec<_>>().as_slice() {
        [GenericArgument::Type(event), GenericArgument::Type(error)] => Some((event, error)),
        _ => None,
    }
}
