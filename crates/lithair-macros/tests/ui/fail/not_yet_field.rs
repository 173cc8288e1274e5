use lithair_core::prelude::*;

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Later {
    #[db(on_update = now(), renamed_from = "x")]
    a: String,
    #[db(auto = ulid)]
    b: String,
    #[http(example = "x", deprecated = "use y", validate(json(schema = T)))]
    c: Option<Json>,
    #[lifecycle(audited, states(a))]
    d: String,
    #[relation(on_delete = soft)]
    e: Option<Id<Later>>,
    #[relation(has_many = Later, via = e)]
    f: String,
    #[relation(many_to_many = Later, through = Other)]
    g: String,
    #[rbac(owner_field)]
    h: i64,
    #[encryption(algorithm = "AES256", seal(subject = a), deterministic, blind_index)]
    i: String,
    #[security(secret(argon2id), mask(last = 4), pii, sensitive)]
    j: String,
    #[audit(track_all_changes, tamper_evidence, redact, hash, log_reads)]
    k: String,
    #[persistence(memory, local, blob(max = "20MiB", lazy))]
    l: String,
    m: Vec<Id<Later>>,
}

fn main() {}
