//! The HTTP contract of Lithair: one pipeline from admission to response.
