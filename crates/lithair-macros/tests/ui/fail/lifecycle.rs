use lithair_core::prelude::*;

#[derive(DeclarativeEnum)]
enum Status {
    Open,
    Closed,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[lifecycle(timestamps(made, changed, again), immutable_when = closed == true)]
struct Wrong {
    #[db(primary_key)]
    #[lifecycle(immutable)]
    id: i64,
    #[lifecycle(write_once)]
    always: String,
    #[lifecycle(monotonic)]
    text: Option<String>,
    #[lifecycle(immutable, write_once)]
    both: Option<String>,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[lifecycle(timestamps(made, changed), immutable_when = until < now(), optimistic_lock(true))]
struct AlsoWrong {
    made: String,
    until: Timestamp,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[lifecycle(timestamps, immutable_when = status == Status::Locked)]
struct Missing {
    status: Status,
    #[db(default = now())]
    created_at: Timestamp,
    #[http(write_only)]
    updated_at: Option<Timestamp>,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[lifecycle(soft_delete(cascade(notes), purge_after = "90 parsecs"))]
struct Trash {
    name: String,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[lifecycle(soft_delete(later))]
struct Bin {
    deleted_at: Timestamp,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[lifecycle(soft_delete)]
struct Heap {
    #[db(default = now())]
    deleted_at: Option<Timestamp>,
}

fn main() {}
