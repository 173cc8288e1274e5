//! The state of Lithair: what you get by applying the log.
