//! Mistakes are collected and told together, in the order of the source.

use std::cell::{Cell, RefCell};

use proc_macro2::Span;

/// The mistakes found so far. Everything keeps going after one, so that the author sees all of them at once.
///
/// Whoever makes a collector finishes it: a mistake that nobody reports would be an attribute without effect.
pub(crate) struct Errors {
    found: RefCell<Vec<syn::Error>>,
    finished: Cell<bool>,
}

impl Errors {
    pub(crate) fn new() -> Self {
        Self { found: RefCell::default(), finished: Cell::new(false) }
    }

    /// Something is wrong here.
    pub(crate) fn at(&self, span: Span, message: impl std::fmt::Display) {
        self.add(syn::Error::new(span, message));
    }

    pub(crate) fn add(&self, error: syn::Error) {
        self.found.borrow_mut().push(error);
    }

    /// The result, or its mistake among the others.
    pub(crate) fn keep<T>(&self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.add(error)).ok()
    }

    /// All mistakes as one error, in the order of the source; none if there are none.
    pub(crate) fn finish(self) -> Option<syn::Error> {
        self.finished.set(true);
        let mut found = self.found.take();
        found.sort_by_key(|error| place(error.span()));
        found.into_iter().reduce(|mut all, next| {
            all.combine(next);
            all
        })
    }
}

/// The line and column where a span begins. Outside of the compiler, in our own tests, there are none.
fn place(span: Span) -> (usize, usize) {
    if !proc_macro::is_available() {
        return (0, 0);
    }
    let start = span.unwrap().start();
    (start.line(), start.column())
}

impl Drop for Errors {
    fn drop(&mut self) {
        assert!(self.finished.get() || std::thread::panicking(), "a collector of errors is finished");
    }
}
