use lithair_core::prelude::*;

fn takes_a_number(_: &i64) -> Result<(), String> {
    Ok(())
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Thing {
    #[http(validate(with(takes_a_number)))]
    a: String,
    #[http(validate(with(is_not_there)))]
    b: String,
    #[db(default = fn(also_not_there))]
    c: String,
}

fn main() {}
