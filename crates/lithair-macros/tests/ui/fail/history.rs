use lithair_core::prelude::*;

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[lifecycle(versions(0), retention = "7 years")]
struct Wrong {
    #[db(primary_key)]
    #[lifecycle(versions(2))]
    id: i64,
    #[lifecycle(versions(some))]
    a: String,
    #[lifecycle(retention = 90)]
    b: String,
    #[lifecycle(retention = "-1d")]
    c: String,
    #[lifecycle(retention = "0s")]
    d: String,
    #[lifecycle(snapshot_only(true))]
    e: String,
    #[lifecycle(versions)]
    f: String,
    #[lifecycle(versions(3), versioned = 3)]
    g: String,
    #[lifecycle(retention = "99999999999y")]
    h: String,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[lifecycle(snapshot_only, versions(3))]
struct Twice {
    #[lifecycle(retention = "1d")]
    a: String,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[lifecycle(versions(3), retention = "1y")]
struct WithoutEffect {
    #[lifecycle(versions(3))]
    a: String,
    #[lifecycle(versions(all))]
    b: String,
    #[lifecycle(retention = "366d")]
    c: String,
    #[lifecycle(snapshot_only, versions(2))]
    d: String,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[lifecycle(soft_delete)]
struct Deleted {
    #[lifecycle(snapshot_only)]
    deleted_at: Option<Timestamp>,
}

fn main() {}
