//! The programs that wrote the kept directories. They stay as they are.

use lithair_core::model::ModelSchema;
use lithair_core::prelude::*;

#[derive(DeclarativeEnum, Clone)]
pub(crate) enum Mood {
    Calm,
    Loud,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
pub(crate) struct Word {
    #[db(primary_key)]
    pub(crate) id: i64,
    pub(crate) word: String,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
pub(crate) struct Size {
    #[db(primary_key)]
    pub(crate) id: i64,
    pub(crate) size: i64,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
pub(crate) struct Feeling {
    #[db(primary_key)]
    pub(crate) id: i64,
    pub(crate) mood: Mood,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
pub(crate) struct Price {
    #[db(primary_key)]
    pub(crate) id: i64,
    pub(crate) price: String,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
pub(crate) struct Hint {
    #[db(primary_key)]
    pub(crate) id: i64,
    pub(crate) hint: Option<String>,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
pub(crate) struct Person {
    #[db(primary_key)]
    pub(crate) id: i64,
    pub(crate) first: String,
    pub(crate) last: String,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
pub(crate) struct Post {
    #[db(primary_key)]
    pub(crate) id: i64,
    #[relation(belongs_to = Person)]
    pub(crate) person_id: Id<Person>,
}

/// What was before.
pub(crate) mod early {
    use lithair_core::prelude::*;

    #[derive(DeclarativeModel)]
    #[permission(all = public)]
    pub(crate) struct Rank {
        #[db(primary_key)]
        pub(crate) id: i64,
    }

    /// Before its unit was left out.
    #[derive(DeclarativeModel)]
    #[permission(all = public)]
    pub(crate) struct Size {
        #[db(primary_key)]
        pub(crate) id: i64,
        pub(crate) unit: Option<String>,
        pub(crate) size: i64,
    }

    /// Left out later.
    #[derive(DeclarativeModel)]
    #[permission(all = public)]
    pub(crate) struct Lost {
        #[db(primary_key)]
        pub(crate) id: i64,
        pub(crate) words: String,
    }
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
pub(crate) struct Rank {
    #[db(primary_key)]
    pub(crate) id: i64,
    #[db(default = 7)]
    pub(crate) rank: i64,
}

/// A model that no record was ever made of.
#[derive(DeclarativeModel)]
#[permission(all = public)]
pub(crate) struct Blank {
    #[db(primary_key)]
    pub(crate) id: i64,
    pub(crate) text: String,
}

/// The models of the program, its first version's ranks first of all.
pub(crate) fn models() -> Vec<&'static ModelSchema> {
    vec![
        Rank::SCHEMA,
        Word::SCHEMA,
        Size::SCHEMA,
        Feeling::SCHEMA,
        Price::SCHEMA,
        Hint::SCHEMA,
        Person::SCHEMA,
        Post::SCHEMA,
        Blank::SCHEMA,
    ]
}
