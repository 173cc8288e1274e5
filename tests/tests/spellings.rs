//! The spellings of the public crate of this name: each declares what ours does.

use lithair_core::model::{Catalog, ModelSchema, Numbers, schema_document};
use lithair_core::prelude::*;

/// A model said in both ways: the same schema, to the letter.
macro_rules! same {
    ($($name:ident: { $($public:tt)* } = { $($own:tt)* })*) => {$(
        #[test]
        fn $name() {
            mod public {
                use lithair_core::prelude::*;
                $($public)*
            }
            mod own {
                use lithair_core::prelude::*;
                $($own)*
            }
            assert_eq!(shown(public::Thing::SCHEMA), shown(own::Thing::SCHEMA));
        }
    )*};
}

fn shown(schema: &'static ModelSchema) -> String {
    let schemas = vec![schema];
    let catalog = Catalog::new(schemas.clone(), &Numbers::of(&schemas)).expect("the model is right");
    format!("{:#}", schema_document(&catalog))
}

same! {
    indexed_is_index: {
        #[derive(DeclarativeModel)]
        #[permission(all = public)]
        pub(super) struct Thing { #[db(primary_key)] id: i64, #[db(indexed)] name: String }
    } = {
        #[derive(DeclarativeModel)]
        #[permission(all = public)]
        pub(super) struct Thing { #[db(primary_key)] id: i64, #[db(index)] name: String }
    }

    fk_is_belongs_to: {
        #[derive(DeclarativeModel)]
        #[permission(all = public)]
        pub(super) struct Thing { #[db(primary_key)] id: i64, #[db(fk = "Thing")] parent: Option<i64> }
    } = {
        #[derive(DeclarativeModel)]
        #[permission(all = public)]
        pub(super) struct Thing { #[db(primary_key)] id: i64, #[relation(belongs_to = Thing)] parent: Option<i64> }
    }

    expose_is_as_if_nothing_were_said: {
        #[derive(DeclarativeModel)]
        #[permission(all = public)]
        pub(super) struct Thing { #[db(primary_key)] id: i64, #[http(expose)] name: String }
    } = {
        #[derive(DeclarativeModel)]
        #[permission(all = public)]
        pub(super) struct Thing { #[db(primary_key)] id: i64, name: String }
    }

    expose_false_is_hidden: {
        #[derive(DeclarativeModel)]
        #[permission(all = public)]
        pub(super) struct Thing { #[db(primary_key)] id: i64, #[http(expose = false)] name: Option<String> }
    } = {
        #[derive(DeclarativeModel)]
        #[permission(all = public)]
        pub(super) struct Thing { #[db(primary_key)] id: i64, #[http(hidden)] name: Option<String> }
    }

    a_rule_by_its_name_is_the_rule: {
        #[derive(DeclarativeModel)]
        #[permission(all = public)]
        pub(super) struct Thing { #[db(primary_key)] id: i64, #[http(validate = "email")] name: String }
    } = {
        #[derive(DeclarativeModel)]
        #[permission(all = public)]
        pub(super) struct Thing { #[db(primary_key)] id: i64, #[http(validate(email))] name: String }
    }

    owner_field_is_owner: {
        #[derive(DeclarativeModel)]
        #[permission(read = public, create = authenticated, write = owner, delete = owner)]
        pub(super) struct Thing { #[db(primary_key)] id: i64, #[rbac(owner_field)] author: String }
    } = {
        #[derive(DeclarativeModel)]
        #[permission(read = public, create = authenticated, write = owner, delete = owner)]
        pub(super) struct Thing { #[db(primary_key)] id: i64, #[permission(owner)] author: String }
    }

    versioned_is_versions: {
        #[derive(DeclarativeModel)]
        #[permission(all = public)]
        #[lifecycle(versioned = 5)]
        pub(super) struct Thing { #[db(primary_key)] id: i64, #[lifecycle(versioned = 2)] name: String }
    } = {
        #[derive(DeclarativeModel)]
        #[permission(all = public)]
        #[lifecycle(versions(5))]
        pub(super) struct Thing { #[db(primary_key)] id: i64, #[lifecycle(versions(2))] name: String }
    }

    versions_all_is_as_if_nothing_were_said: {
        #[derive(DeclarativeModel)]
        #[permission(all = public)]
        #[lifecycle(versions(all))]
        pub(super) struct Thing {
            #[db(primary_key)]
            id: i64,
            #[lifecycle(versions(all))]
            name: String,
        }
    } = {
        #[derive(DeclarativeModel)]
        #[permission(all = public)]
        pub(super) struct Thing {
            #[db(primary_key)]
            id: i64,
            name: String,
        }
    }

    firewall_is_security_firewall: {
        #[derive(DeclarativeModel)]
        #[permission(all = public)]
        #[firewall(allow = "10.0.0.0/8", deny("10.0.0.66"))]
        pub(super) struct Thing { #[db(primary_key)] id: i64 }
    } = {
        #[derive(DeclarativeModel)]
        #[permission(all = public)]
        #[security(firewall(allow("10.0.0.0/8"), deny("10.0.0.66")))]
        pub(super) struct Thing { #[db(primary_key)] id: i64 }
    }
}

/// A permission by its name is the program's to bind, as `tests/tests/permissions.rs` shows; here, that the name is what is declared.
#[test]
fn a_permission_in_quotes_is_one_by_name() {
    #[derive(DeclarativeModel)]
    #[permission(all = public)]
    struct Thing {
        #[db(primary_key)]
        id: i64,
        #[permission(read = "Perm")]
        name: String,
    }
    let shown = shown(Thing::SCHEMA);
    assert!(shown.contains("Perm"), "{shown}");
}
