use lithair_core::prelude::*;

#[derive(DeclarativeEnum)]
enum Light {
    Red,
    Green,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Crossing {
    // Each change of another field would have been a way that nobody declared.
    #[db(on_update = Light::Red)]
    #[lifecycle(states(initial = Red, go: Red -> Green, stop: Green -> Red))]
    light: Light,
    name: String,
}

fn main() {}
