use lithair_core::prelude::*;

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Public {
    #[db(indexed, fk = "User")]
    a: String,
    #[http(expose = false, validate = "email")]
    b: String,
    #[lifecycle(versioned = 5)]
    c: String,
    #[persistence(memory_only, no_replication, track_history)]
    d: String,
    #[rbac(owner_field)]
    e: String,
}

fn main() {}
