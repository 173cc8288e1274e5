use lithair_core::prelude::*;

#[derive(DeclarativeEnum)]
enum Light {
    Red,
    Green,
    Broken,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Crossing {
    #[lifecycle(states(initial = Red, go: Red -> Green, stop: Green -> Red))]
    a: Light,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Signals {
    #[lifecycle(states(initial = Red))]
    a: Light,
    #[lifecycle(states(go: Red -> Green))]
    b: Light,
    #[lifecycle(states(initial = Red, go: Red -> Green, mend: Broken -> Red, go: Green -> Green))]
    c: Light,
    #[db(default = Light::Green)]
    #[lifecycle(immutable, states(initial = Red, stop: Red -> Green by role(Police)))]
    d: Light,
    #[lifecycle(states(initial = Red, pass: Red -> Green if cars > 3))]
    e: String,
    #[lifecycle(states(initial = Red, turn: Red => Green))]
    f: Light,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Misspelled {
    #[lifecycle(states(initial = Red, go: Red -> Gren, stop: Gren -> Green, fall: Green -> Broken))]
    a: Light,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Apart {
    // These lead to each other, and nothing leads there from the beginning.
    #[lifecycle(states(initial = Red, go: Green -> Broken, stop: Broken -> Green))]
    a: Light,
}

fn main() {}
