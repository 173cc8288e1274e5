use lithair_core::prelude::*;

#[derive(DeclarativeModel)]
#[db(tabel = "things", frobnicate)]
#[http(pth = "x", page(defualt = 5))]
#[permission(all = public)]
struct Thing {
    #[db(uniqe, defalt = 1)]
    #[http(valdate(len(1..=2)), xyzzy)]
    #[lifecycle(imutable)]
    #[relation(belong_to = Thing)]
    a: String,
    #[http(validate(lenn(1..=2), emial, quux, len(1..=2, mgs = "x")), normalize(trimm))]
    b: String,
    #[db(auto = uuid)]
    c: Uuid,
    #[relation(on_delete = cascad)]
    d: Id<Thing>,
}

fn main() {}
