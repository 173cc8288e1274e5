use lithair_core::prelude::*;

#[derive(DeclarativeEnum, PartialEq)]
enum Status {
    Draft,
    Published,
}

#[derive(DeclarativeModel)]
#[permission(
    roles(Admin > Editor, Editor > Admin),
    read = role(Editr) || rank == 1 || owner,
    reed = public,
    create = before.status == status,
    update = member(teem) || any(authors where x) || check(team, rename),
    delete = fn(check),
    history = memberr(team),
    export = input.status.is_some(),
    deny(update),
    deny(updat, when = public),
    after(delete, public),
    after(update, member(teem) || any(authors)),
    after(create, publik),
    command(publish),
    on_deny = hid
)]
struct Names {
    #[permission(owner)]
    author: String,
    #[permission(owner)]
    other: String,
    status: Status,
}

#[derive(DeclarativeModel)]
#[permission(
    roles(Admin > Editor),
    read = anonymous && role(Admin) || status == Status::Draft && status == Status::Published,
    create = authenticated && !authenticated,
    update = role(Admin),
    delete = role(Editor),
    deny(update, when = role(Editor)),
    deny(delete, when = anonymous)
)]
struct Dead {
    status: Status,
}

#[derive(DeclarativeModel)]
#[permission(read = public, write = role(Admin))]
struct Fields {
    #[permission(read = role(Admin))]
    #[http(filter, sort, search)]
    salary: String,
    #[http(filter(guarded))]
    open: String,
    #[permission(write = public)]
    wider: String,
    #[permission(read = role(Admin))]
    #[db(primary_key)]
    key: String,
}

#[derive(DeclarativeModel)]
#[db(tenant = nowhere)]
#[permission(all = public)]
struct Tenants {
    text: String,
}

fn main() {}
