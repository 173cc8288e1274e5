// Names of the application that an expansion must not trip over.
#![allow(dead_code, non_camel_case_types)]

mod names {
    use lithair_core::prelude::{DeclarativeEnum, DeclarativeModel, Id};

    pub struct Vec;
    pub struct Result;
    pub struct Some;
    pub struct String_;
    pub mod core {}
    pub mod std {}
    pub mod model {
        #[derive(lithair_core::prelude::DeclarativeEnum)]
        pub enum Value {
            Null,
            r#Type,
        }
    }

    #[derive(DeclarativeEnum)]
    pub enum Option_ {
        Ok,
        Err { value: i64, values: i64, name: String, found: bool },
    }

    #[derive(DeclarativeModel)]
    #[permission(all = public)]
    pub struct Model {
        pub values: i64,
        pub field: String,
        pub r#type: model::Value,
        pub other: Option_,
        pub r#fn: ::std::option::Option<Id<Model>>,
        #[relation(belongs_to = Model)]
        pub itself: ::std::option::Option<Id<Self>>,
        #[relation(belongs_to = self::Model)]
        pub key_of_itself: lithair_core::prelude::Uuid,
        pub list: ::std::vec::Vec<bool>,
    }
}

macro_rules! declare {
    ($name:ident { $($field:ident: $type:ty),* }) => {
        #[derive(lithair_core::prelude::DeclarativeModel)]
        #[permission(all = public)]
        struct $name {
            $($field: $type),*
        }
    };
}

declare!(FromMacro { a: i64, b: Option<String> });

fn main() {}
