//! The derives of Lithair: parse, check, emit.
