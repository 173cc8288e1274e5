use lithair_core::prelude::*;

#[derive(DeclarativeEnum)]
enum Colour {
    Red,
    Green,
}

#[derive(DeclarativeEnum)]
enum Shape {
    Round,
}

#[derive(DeclarativeModel)]
#[db(check(colour != Colour::Bleu, "no"))]
#[permission(all = public)]
struct Thing {
    #[db(default = Colour::Redd)]
    colour: Colour,
    #[http(validate(one_of(Colour::Green, Shape::Round)))]
    other: Colour,
}

fn main() {}
