use lithair_core::prelude::*;

#[derive(DeclarativeModel)]
#[permission(
    roles(Admin > Editor > Reader),
    read = role(Admin) || role(Reader),
    create = authenticated || owner,
    update = owner && !locked || role(Editor) && locked || owner && !locked,
    delete = role(Editor) && role(Reader),
    history = public || owner
)]
struct Repeated {
    #[permission(owner)]
    author: String,
    locked: bool,
}

#[derive(DeclarativeModel)]
#[permission(
    roles(Admin > Editor),
    read = public,
    create = role(Editor) || owner && locked,
    update = owner || role(Admin),
    delete = owner,
    command(publish) = role(Editor),
    deny(create, when = locked),
    deny(update, when = role(Editor)),
    deny(delete, when = locked),
    deny(delete, when = !locked)
)]
struct Denied {
    #[permission(owner)]
    author: String,
    locked: bool,
}

#[commands]
impl Denied {
    #[command]
    fn publish(&mut self, _: &Context) -> Result<(), std::convert::Infallible> {
        Ok(())
    }
}

#[derive(DeclarativeModel)]
#[permission(roles(Admin > Editor), read = role(Editor), write = owner)]
struct Wider {
    #[permission(owner)]
    author: String,
    #[permission(read = authenticated)]
    text: String,
    #[permission(write = owner || role(Admin))]
    title: String,
    #[permission(read = role(Admin), write = owner && title == "a")]
    narrower: String,
}

fn main() {}
